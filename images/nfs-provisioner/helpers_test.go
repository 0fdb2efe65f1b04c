package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/klog/v2"
)

func shareWith(t *testing.T, files ...string) share {
	t.Helper()
	share := share{mount: t.TempDir()}
	for _, file := range files {
		write(t, share, file)
	}
	return share
}

func write(t *testing.T, share share, file string) {
	t.Helper()
	writeFile(t, filepath.Join(share.mount, file))
}

func writeFile(t *testing.T, file string) {
	t.Helper()
	mustSucceed(t, os.MkdirAll(filepath.Dir(file), 0o755))
	mustSucceed(t, os.WriteFile(file, []byte(file), 0o644))
}

// wantTree compares all regular files of the share but the provisioner's own, directory by directory.
func wantTree(t *testing.T, share share, want ...string) {
	t.Helper()
	var got []string
	mustSucceed(t, filepath.WalkDir(share.mount, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), recordPrefix) {
			relative, _ := filepath.Rel(share.mount, file)
			got = append(got, relative)
		}
		return err
	}))
	if !slices.Equal(got, want) {
		t.Errorf("the share has %v, want %v", got, want)
	}
}

func mustSucceed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The log of a passing test is noise: the lines are klog's, which go test does not hold back.
func TestMain(m *testing.M) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	os.Exit(m.Run())
}
