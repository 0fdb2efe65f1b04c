package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"

	v1 "k8s.io/api/core/v1"
)

const (
	maxNameBytes = 255  // NAME_MAX of every file system that an NFS server exports
	maxPathBytes = 1024 // MNTPATHLEN of the NFS mount protocol: a longer path can be made, but never mounted
)

// directoryFor is the path of a new volume's directory, relative to the share: clean, strictly below the share, in
// names that the share can hold. The rules are pure; whether the directory is free is not known here.
func directoryFor(parameters parameters, sharePath string, claim *v1.PersistentVolumeClaim, volume string) (string, error) {
	directory := defaultDirectory(claim.Namespace, claim.Name, volume)
	if parameters.pathPattern != nil {
		resolved, err := resolvePattern(*parameters.pathPattern, claim)
		if err != nil {
			return "", err
		}
		if directory, err = cleanDirectory(resolved); err != nil {
			return "", fmt.Errorf("pathPattern %q of the StorageClass becomes %q for this claim: %w", *parameters.pathPattern, resolved, err)
		}
	}
	return directory, checkLengths(directory, sharePath, parameters.disposal)
}

func defaultDirectory(namespace, claim, volume string) string {
	return strings.Join([]string{namespace, claim, volume}, "-")
}

func archivedDirectory(directory string) string {
	return "archived-" + path.Base(directory)
}

var variable = regexp.MustCompile(`\$\{([^{}]*)\}`)

// resolvePattern puts the claim's values into a pathPattern. A label or annotation that the claim does not have is
// empty, as with upstream; a variable that does not exist, which upstream takes as empty, is refused. Values are not
// searched for variables again.
func resolvePattern(pattern string, claim *v1.PersistentVolumeClaim) (string, error) {
	var unknown error
	resolved := variable.ReplaceAllStringFunc(pattern, func(match string) string {
		name := match[len("${") : len(match)-len("}")]
		if value, ok := claimValue(name, claim); ok {
			return value
		}
		unknown = fmt.Errorf("pathPattern %q has the unknown variable %s; known are ${.PVC.name}, ${.PVC.namespace}, "+
			"${.PVC.labels.KEY} and ${.PVC.annotations.KEY}", pattern, match)
		return ""
	})
	if unknown == nil && strings.Contains(variable.ReplaceAllString(pattern, ""), "${") {
		unknown = fmt.Errorf("pathPattern %q has a ${ without its }", pattern)
	}
	return resolved, unknown
}

func claimValue(name string, claim *v1.PersistentVolumeClaim) (string, bool) {
	if key, ok := strings.CutPrefix(name, ".PVC.labels."); ok && key != "" {
		return claim.Labels[key], true
	}
	if key, ok := strings.CutPrefix(name, ".PVC.annotations."); ok && key != "" {
		return claim.Annotations[key], true
	}
	switch name {
	case ".PVC.name":
		return claim.Name, true
	case ".PVC.namespace":
		return claim.Namespace, true
	}
	return "", false
}

// cleanDirectory refuses what is not a plain path below the share. `..` and `.` are refused wherever they stand, even
// where the path would stay inside: a pattern that needs them is a mistake or an attack.
func cleanDirectory(resolved string) (string, error) {
	switch {
	case strings.TrimSpace(resolved) == "":
		return "", errors.New("it must not be empty, the volume would be the whole share")
	case path.IsAbs(resolved):
		return "", errors.New("it must be relative to the share, not begin with /")
	case strings.ContainsRune(resolved, '\\') || strings.ContainsFunc(resolved, unicode.IsControl):
		return "", errors.New("it must not contain a backslash or a control character")
	}
	for component := range strings.SplitSeq(resolved, "/") {
		if component == "." || component == ".." {
			return "", fmt.Errorf("it must not contain %q, which leads out of a directory of its own", component)
		}
	}
	if strings.HasPrefix(resolved, recordPrefix) {
		return "", fmt.Errorf("it must not begin with %q, which the provisioner uses itself", recordPrefix)
	}
	return path.Clean(resolved), nil
}

// checkLengths looks at the archive's name too: a volume whose directory cannot be archived could never be deleted.
func checkLengths(directory, sharePath string, disposal disposal) error {
	names := strings.Split(directory, "/")
	if disposal == archive {
		names = append(names, archivedDirectory(directory))
	}
	for _, name := range names {
		if len(name) > maxNameBytes {
			return fmt.Errorf("the directory name %q has %d bytes, %d are allowed; use a shorter claim name or pathPattern",
				name, len(name), maxNameBytes)
		}
	}
	if length := len(path.Join(sharePath, directory)); length > maxPathBytes {
		return fmt.Errorf("the directory's path has %d bytes, NFS can mount %d", length, maxPathBytes)
	}
	return nil
}

// belowShare is the path of an exported directory relative to the share; ok only if it lies strictly below it.
func belowShare(sharePath, exported string) (directory string, ok bool) {
	if exported != path.Clean(exported) {
		return "", false
	}
	directory, ok = strings.CutPrefix(exported, sharePath+"/")
	return directory, ok && directory != ""
}

// inside says whether directory lies below other.
func inside(directory, other string) bool {
	return strings.HasPrefix(directory, other+"/")
}

// parentsUpTo lists the directories above directory, the nearest first, up to and with topmost.
func parentsUpTo(directory, topmost string) []string {
	var parents []string
	for parent := path.Dir(directory); topmost != "" && (parent == topmost || inside(parent, topmost)); parent = path.Dir(parent) {
		parents = append(parents, parent)
	}
	return parents
}

// topmost is the shortest of the directories that lie above directory, "" when none does.
func topmost(directory string, candidates []string) string {
	found := ""
	for _, candidate := range candidates {
		if candidate != "" && inside(directory, candidate) && (found == "" || len(candidate) < len(found)) {
			found = candidate
		}
	}
	return found
}
