package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
)

// conflistName sorts before what else may lie in the directory: containerd takes the first one.
const conflistName = "10-statelab.conflist"

// conflist is the CNI configuration of a node: a pair of interfaces for each Pod (ptp), addresses from the node's own
// network (host-local) and hostPort (portmap). ipMasq stays off: ptp would masquerade towards every other node's Pods
// too, and they would see the node's address instead of the Pod's.
func conflist(podNetwork netip.Prefix, mtu int) ([]byte, error) {
	type object = map[string]any
	return json.MarshalIndent(object{
		"cniVersion": "0.3.1",
		"name":       "statelab",
		"plugins": []object{
			{
				"type":   "ptp",
				"ipMasq": false,
				"mtu":    mtu,
				"ipam": object{
					"type": "host-local",
					// On a tmpfs: addresses of Pods that ended with the node are free again after its restart.
					"dataDir": "/run/cni-ipam-state",
					"routes":  []object{{"dst": "0.0.0.0/0"}},
					"ranges":  [][]object{{{"subnet": podNetwork.String()}}},
				},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", "  ")
}

// writeConflist replaces the configuration in one step, so that containerd never reads half of it, and only when it
// differs, so that containerd does not load it again for nothing. Says whether it wrote.
func writeConflist(directory string, content []byte) (bool, error) {
	target := filepath.Join(directory, conflistName)
	present, err := os.ReadFile(target)
	if err == nil && bytes.Equal(present, content) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	// containerd ignores this name: it reads .conf, .conflist and .json only.
	temporary := target + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return false, err
	}
	return true, os.Rename(temporary, target)
}
