package main

import (
	"strings"
	"testing"
)

func TestSettingsReportEverythingThatIsWrong(t *testing.T) {
	variables := map[string]string{"POD_SUBNET": "fd00::/56"}
	_, err := settingsFromEnvironment(func(name string) string { return variables[name] })
	for _, message := range []string{"NODE_NAME is not set", "CONTROL_PLANE_ENDPOINT is not set", `POD_SUBNET is "fd00::/56"`} {
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q is not in %v", message, err)
		}
	}
}

func TestSettingsTakeAnyAddressOfThePodNetwork(t *testing.T) {
	variables := map[string]string{"NODE_NAME": "n", "CONTROL_PLANE_ENDPOINT": "c:6443", "POD_SUBNET": "10.244.1.7/16"}
	got, err := settingsFromEnvironment(func(name string) string { return variables[name] })
	if err != nil || got.podSubnet.String() != "10.244.0.0/16" || got.nodeName != "n" || got.controlPlaneEndpoint != "c:6443" {
		t.Fatalf("%+v, %v", got, err)
	}
}
