package main

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDirectoryOfAClaim(t *testing.T) {
	claim := claimNamed("lab", "data-redis-0")
	claim.Labels = map[string]string{"app": "redis", "app.kubernetes.io/name": "cache"}
	claim.Annotations = map[string]string{"example.com/path": "team/data", "twice": "${.PVC.name}"}
	for name, test := range map[string]struct {
		pattern *string
		want    string
	}{
		"no pattern":                      {nil, "lab-data-redis-0-pvc-1"},
		"namespace and name":              {pattern("${.PVC.namespace}-${.PVC.name}"), "lab-data-redis-0"},
		"nested":                          {pattern("${.PVC.namespace}/${.PVC.name}"), "lab/data-redis-0"},
		"label":                           {pattern("${.PVC.labels.app}"), "redis"},
		"label with dots and a slash":     {pattern("${.PVC.labels.app.kubernetes.io/name}"), "cache"},
		"annotation with a path":          {pattern("x/${.PVC.annotations.example.com/path}"), "x/team/data"},
		"a value is not a pattern":        {pattern("${.PVC.annotations.twice}"), "${.PVC.name}"},
		"missing label among other parts": {pattern("a${.PVC.labels.none}b"), "ab"},
		"superfluous slashes":             {pattern("a//b/"), "a/b"},
		"names that only look like dots":  {pattern("..a/...b/c.."), "..a/...b/c.."},
		"spaces and other languages":      {pattern("数据 卷"), "数据 卷"},
		"255 bytes":                       {pattern(strings.Repeat("a", 255)), strings.Repeat("a", 255)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := directoryFor(parameters{disposal: remove, pathPattern: test.pattern}, "/export", claim, "pvc-1")
			if err != nil || got != test.want {
				t.Fatalf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestDangerousPatternsAreRefused(t *testing.T) {
	claim := claimNamed("lab", "data")
	claim.Annotations = map[string]string{"up": "../../etc", "root": "/", "dots": "..", "newline": "a\nb", "nul": "a\x00b"}
	for dangerous, message := range map[string]string{
		"":                                 "must not be empty",
		"   ":                              "must not be empty",
		"${.PVC.labels.missing}":           "must not be empty",
		"${.PVC.annotations.missing}":      "must not be empty",
		".":                                `must not contain "."`,
		"./a":                              `must not contain "."`,
		"..":                               `must not contain ".."`,
		"a/..":                             `must not contain ".."`,
		"a/../b":                           `must not contain ".."`,
		"../../x":                          `must not contain ".."`,
		"a/${.PVC.annotations.dots}":       `must not contain ".."`,
		"${.PVC.annotations.up}":           `must not contain ".."`,
		"/":                                "must be relative",
		"/a":                               "must be relative",
		"//a":                              "must be relative",
		"${.PVC.annotations.root}":         "must be relative",
		"${.PVC.labels.missing}/a":         "must be relative",
		`a\..\b`:                           "backslash",
		recordPrefix + "pvc-1":             "the provisioner uses itself",
		"${.PVC.annotations.newline}":      "control character",
		"${.PVC.annotations.nul}":          "control character",
		"${.PVC.name":                      "without its }",
		"${${.PVC.name}}":                  "without its }",
		"${.PVC.uid}":                      "unknown variable ${.PVC.uid}",
		"${.PVC.labels.}":                  "unknown variable",
		"${ .PVC.name }":                   "unknown variable",
		"${}":                              "unknown variable",
		strings.Repeat("a", 300):           "has 300 bytes",
		"x/" + strings.Repeat("é", 128):    "has 256 bytes",
		strings.Repeat("a/", 600) + "last": "NFS can mount 1024",
	} {
		t.Run(dangerous, func(t *testing.T) {
			got, err := directoryFor(parameters{disposal: remove, pathPattern: &dangerous}, "/export", claim, "pvc-1")
			mustFail(t, err, message)
			_ = got
		})
	}
}

func TestNamesThatCouldNotBeArchivedAreRefused(t *testing.T) {
	fits := strings.Repeat("a", 255-len("archived-"))
	for _, test := range []struct {
		name     string
		disposal disposal
		ok       bool
	}{{fits, archive, true}, {fits + "a", archive, false}, {fits + "a", remove, true}} {
		_, err := directoryFor(parameters{disposal: test.disposal, pathPattern: &test.name}, "/export", claimNamed("n", "c"), "pvc-1")
		if (err == nil) != test.ok {
			t.Errorf("%d bytes, %s: %v", len(test.name), test.disposal, err)
		}
	}
}

func TestALongClaimNameIsRefusedBeforeTheServerDoes(t *testing.T) {
	_, err := directoryFor(parameters{disposal: remove}, "/export", claimNamed("n", strings.Repeat("c", 253)), "pvc-1")
	mustFail(t, err, "use a shorter claim name")
}

func TestArchiveTakesTheLastName(t *testing.T) {
	for directory, want := range map[string]string{"a": "archived-a", "team/data": "archived-data"} {
		if got := archivedDirectory(directory); got != want {
			t.Errorf("%s: got %s, want %s", directory, got, want)
		}
	}
}

func TestBelowShare(t *testing.T) {
	for exported, want := range map[string]string{
		"/export/a": "a", "/export/a/b": "a/b",
		"/export": "", "/export/": "", "/": "", "/exported/a": "", "/export/../etc": "", "/export//a": "", "/export/.": "", "export/a": "", "": "",
	} {
		got, ok := belowShare("/export", exported)
		if got != want && ok || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", exported, got, ok, want)
		}
	}
}

// Whatever the author of a StorageClass and the author of a claim write, the directory is refused or lies strictly below
// the share, in names that a file system can hold, and its volume is recognised again when it is deleted.
func FuzzDirectoryStaysBelowTheShare(f *testing.F) {
	for _, seed := range []string{"", ".", "..", "a/..", "../../x", "/", "${.PVC.name}", "${.PVC.annotations.k}", "${.PVC.name", `a\..\b`,
		"${.PVC.namespace}/${.PVC.labels.k}/x", "a//b", "\x00", "${${.PVC.labels.k}}", "….", " ", "a/ /b", "archived-a"} {
		f.Add(seed, "value")
		f.Add("${.PVC.labels.k}", seed)
		f.Add("x/${.PVC.annotations.k}", seed)
	}
	f.Fuzz(func(t *testing.T, pathPattern, value string) {
		claim := claimNamed("ns", "claim")
		claim.Labels, claim.Annotations = map[string]string{"k": value}, map[string]string{"k": value}
		directory, err := directoryFor(parameters{disposal: archive, pathPattern: &pathPattern}, "/export", claim, "pvc-1")
		if err != nil {
			return
		}
		if path.Clean("/"+directory) != "/"+directory || directory == "" {
			t.Fatalf("%q is not clean", directory)
		}
		for name := range strings.SplitSeq(directory, "/") {
			if name == "" || name == "." || name == ".." || len(name) > 255 || strings.ContainsAny(name, "\x00\n\\") {
				t.Fatalf("%q has the name %q", directory, name)
			}
		}
		back, ok := belowShare("/export", path.Join("/export", directory))
		if !ok || back != directory {
			t.Fatalf("%q comes back as %q, %v", directory, back, ok)
		}
		if utf8.ValidString(pathPattern) && utf8.ValidString(value) && !utf8.ValidString(directory) {
			t.Fatalf("%q is not UTF-8", directory)
		}
	})
}

func claimNamed(namespace, name string) *v1.PersistentVolumeClaim {
	return &v1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func pattern(text string) *string { return &text }
