package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// disposal is what happens to the directory of a volume that is deleted.
type disposal string

const (
	remove  disposal = "remove"
	retain  disposal = "retain"
	archive disposal = "archive"
)

// parameters are those of a StorageClass.
type parameters struct {
	disposal    disposal
	pathPattern *string // nil: the default directory name
}

var knownParameters = []string{"archiveOnDelete", "onDelete", "pathPattern"}

// parseParameters reads the parameters of a StorageClass. Unlike upstream it refuses what it does not know, because a
// misspelt `onDelete` means the opposite of what its author wants, and shows only when the data is gone.
func parseParameters(class string, given map[string]string) (parameters, error) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(knownParameters, name) {
			return parameters{}, fmt.Errorf("StorageClass %q has the unknown parameter %q; known are %s",
				class, name, strings.Join(knownParameters, ", "))
		}
	}
	disposal, err := parseDisposal(class, given)
	if err != nil {
		return parameters{}, err
	}
	parsed := parameters{disposal: disposal}
	if pattern, ok := given["pathPattern"]; ok {
		parsed.pathPattern = &pattern
	}
	return parsed, nil
}

// parseDisposal: onDelete decides, then archiveOnDelete, and with neither the directory is archived.
func parseDisposal(class string, given map[string]string) (disposal, error) {
	decided := archive
	if value, ok := given["archiveOnDelete"]; ok {
		archiveOnDelete, err := strconv.ParseBool(value)
		if err != nil {
			return "", fmt.Errorf("StorageClass %q has archiveOnDelete %q, it must be \"true\" or \"false\"", class, value)
		}
		if !archiveOnDelete {
			decided = remove
		}
	}
	switch value := given["onDelete"]; value {
	case "": // upstream's chart writes an empty value for "not set"
		return decided, nil
	case "delete":
		return remove, nil
	case "retain":
		return retain, nil
	default:
		return "", fmt.Errorf("StorageClass %q has onDelete %q, it must be \"delete\" or \"retain\"", class, value)
	}
}
