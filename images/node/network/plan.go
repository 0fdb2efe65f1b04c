package main

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// plan is how one node must be set up for the nodes that exist.
type plan struct {
	podNetwork netip.Prefix                // this node's Pods; the zero Prefix until the controller manager has given it one
	routes     map[netip.Prefix]netip.Addr // the other nodes: their Pods' network → the node's own address
}

// planFor makes the plan of the node named self. A node without Pod network or address (it is just joining) gets no
// route yet. A node with an unreadable one does not keep the others from working: it is left out and reported.
func planFor(self string, nodes []*corev1.Node) (plan, []error) {
	made := plan{routes: map[netip.Prefix]netip.Addr{}}
	var problems []error
	for _, node := range nodes {
		if node.Spec.PodCIDR == "" {
			continue
		}
		podNetwork, err := netip.ParsePrefix(node.Spec.PodCIDR)
		if err != nil || !podNetwork.Addr().Is4() {
			problems = append(problems, fmt.Errorf("node %s: spec.podCIDR %q is not an IPv4 network", node.Name, node.Spec.PodCIDR))
			continue
		}
		if node.Name == self {
			made.podNetwork = podNetwork.Masked()
		} else if address, ok := internalAddress(node); ok {
			made.routes[podNetwork.Masked()] = address
		}
	}
	// A node that was replaced may be listed beside its successor for a moment.
	delete(made.routes, made.podNetwork)
	return made, problems
}

func internalAddress(node *corev1.Node) (netip.Addr, bool) {
	for _, candidate := range node.Status.Addresses {
		if candidate.Type != corev1.NodeInternalIP {
			continue
		}
		if address, err := netip.ParseAddr(candidate.Address); err == nil && address.Is4() {
			return address, true
		}
	}
	return netip.Addr{}, false
}
