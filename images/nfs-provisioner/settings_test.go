package main

import (
	"strings"
	"testing"
)

func TestSettingsHaveUpstreamsDefaults(t *testing.T) {
	got, err := settingsFromEnvironment(environment(map[string]string{"NFS_SERVER": "10.0.0.5", "NFS_PATH": "/export/"}))
	want := settings{provisionerName: "k8s-sigs.io/nfs-subdir-external-provisioner", server: "10.0.0.5", sharePath: "/export"}
	if err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		message   string
	}{
		"no server":             {map[string]string{"NFS_PATH": "/export"}, "NFS_SERVER is not set"},
		"no path":               {map[string]string{"NFS_SERVER": "s"}, "NFS_PATH is not set"},
		"root of the server":    {map[string]string{"NFS_SERVER": "s", "NFS_PATH": "/"}, "root of a server"},
		"root in disguise":      {map[string]string{"NFS_SERVER": "s", "NFS_PATH": "/a/../"}, "root of a server"},
		"relative path":         {map[string]string{"NFS_SERVER": "s", "NFS_PATH": "export"}, "must be an absolute path"},
		"election is no truth":  {map[string]string{"NFS_SERVER": "s", "NFS_PATH": "/e", "ENABLE_LEADER_ELECTION": "maybe"}, "ENABLE_LEADER_ELECTION"},
		"everything at one go":  {map[string]string{"ENABLE_LEADER_ELECTION": "x"}, "NFS_SERVER is not set: give it the name or address of the NFS server\nNFS_PATH"},
		"everything, last part": {map[string]string{"ENABLE_LEADER_ELECTION": "x"}, "true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := settingsFromEnvironment(environment(test.variables))
			mustFail(t, err, test.message)
		})
	}
}

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func mustFail(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), message) {
		t.Fatalf("error is %q, want one with %q", err, message)
	}
}
