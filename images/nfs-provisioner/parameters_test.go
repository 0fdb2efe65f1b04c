package main

import "testing"

func TestDisposalFollowsUpstreamsRules(t *testing.T) {
	for name, test := range map[string]struct {
		given map[string]string
		want  disposal
	}{
		"nothing given archives":                 {nil, archive},
		"archiveOnDelete false removes":          {map[string]string{"archiveOnDelete": "false"}, remove},
		"archiveOnDelete true archives":          {map[string]string{"archiveOnDelete": "true"}, archive},
		"every spelling of ParseBool":            {map[string]string{"archiveOnDelete": "F"}, remove},
		"onDelete delete":                        {map[string]string{"onDelete": "delete"}, remove},
		"onDelete retain":                        {map[string]string{"onDelete": "retain"}, retain},
		"onDelete delete beats archiveOnDelete":  {map[string]string{"onDelete": "delete", "archiveOnDelete": "true"}, remove},
		"onDelete retain beats archiveOnDelete":  {map[string]string{"onDelete": "retain", "archiveOnDelete": "false"}, retain},
		"an empty onDelete is one that is unset": {map[string]string{"onDelete": "", "archiveOnDelete": "false"}, remove},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseParameters("c", test.given)
			if err != nil || got.disposal != test.want {
				t.Fatalf("got %q, %v; want %q", got.disposal, err, test.want)
			}
		})
	}
}

func TestUnknownParametersAndValuesAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		given   map[string]string
		message string
	}{
		"misspelt name":    {map[string]string{"ondelete": "retain"}, `unknown parameter "ondelete"`},
		"misspelt value":   {map[string]string{"onDelete": "Retain"}, `onDelete "Retain"`},
		"no truth value":   {map[string]string{"archiveOnDelete": "no"}, `archiveOnDelete "no"`},
		"empty truth":      {map[string]string{"archiveOnDelete": ""}, `archiveOnDelete ""`},
		"wrong but beaten": {map[string]string{"onDelete": "retain", "archiveOnDelete": "no"}, `archiveOnDelete "no"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseParameters("c", test.given)
			mustFail(t, err, test.message)
			mustFail(t, err, `StorageClass "c"`)
		})
	}
}

func TestAnEmptyPathPatternIsAPathPattern(t *testing.T) {
	got, err := parseParameters("c", map[string]string{"pathPattern": ""})
	if err != nil || got.pathPattern == nil {
		t.Fatalf("got %+v, %v", got, err)
	}
}
