package main

import (
	"errors"
	"fmt"
	"net/netip"
)

// settings are what the DaemonSet tells the agent.
type settings struct {
	nodeName             string
	podSubnet            netip.Prefix // the addresses of all Pods of the cluster
	controlPlaneEndpoint string       // host:port of the API server
}

// settingsFromEnvironment reads NODE_NAME, POD_SUBNET and CONTROL_PLANE_ENDPOINT, and reports everything wrong at once.
func settingsFromEnvironment(variable func(name string) string) (settings, error) {
	var problems []error
	required := func(name string) string {
		value := variable(name)
		if value == "" {
			problems = append(problems, fmt.Errorf("environment variable %s is not set", name))
		}
		return value
	}
	read := settings{nodeName: required("NODE_NAME"), controlPlaneEndpoint: required("CONTROL_PLANE_ENDPOINT")}
	if subnet := required("POD_SUBNET"); subnet != "" {
		prefix, err := netip.ParsePrefix(subnet)
		if err != nil || !prefix.Addr().Is4() {
			problems = append(problems, fmt.Errorf("POD_SUBNET is %q, it must be one IPv4 network such as 10.244.0.0/16", subnet))
		}
		read.podSubnet = prefix.Masked()
	}
	return read, errors.Join(problems...)
}
