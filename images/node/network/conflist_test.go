package main

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestConflistNamesTheNodesNetworkAndMTU(t *testing.T) {
	content, err := conflist(netip.MustParsePrefix("10.244.1.0/24"), 1450)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		CNIVersion, Name string
		Plugins          []struct {
			Type   string
			IPMasq bool
			MTU    int
			IPAM   struct {
				Type, DataDir string
				Ranges        [][]struct{ Subnet string }
				Routes        []struct{ Dst string }
			}
			Capabilities map[string]bool
		}
	}
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	ptp, portmap := read.Plugins[0], read.Plugins[1]
	if ptp.Type != "ptp" || ptp.IPMasq || ptp.MTU != 1450 || ptp.IPAM.Type != "host-local" || ptp.IPAM.DataDir != "/run/cni-ipam-state" ||
		ptp.IPAM.Ranges[0][0].Subnet != "10.244.1.0/24" || ptp.IPAM.Routes[0].Dst != "0.0.0.0/0" {
		t.Errorf("ptp: %+v", ptp)
	}
	if portmap.Type != "portmap" || !portmap.Capabilities["portMappings"] {
		t.Errorf("portmap: %+v", portmap)
	}
}

func TestConflistIsWrittenOnceAndReplacedWhenItDiffers(t *testing.T) {
	directory := t.TempDir()
	for _, step := range []struct {
		content string
		wrote   bool
	}{{"one", true}, {"one", false}, {"two", true}} {
		wrote, err := writeConflist(directory, []byte(step.content))
		if err != nil || wrote != step.wrote {
			t.Errorf("%s: wrote %v, %v", step.content, wrote, err)
		}
		if content, _ := os.ReadFile(filepath.Join(directory, conflistName)); string(content) != step.content {
			t.Errorf("the file has %q", content)
		}
	}
	if entries, _ := os.ReadDir(directory); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestADirectoryThatIsMissingIsAnError(t *testing.T) {
	if _, err := writeConflist(filepath.Join(t.TempDir(), "none"), []byte("x")); err == nil {
		t.Error("nothing was said")
	}
}
