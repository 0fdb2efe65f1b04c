package main

import (
	"maps"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPlanIsOwnNetworkAndARouteForEachOtherNode(t *testing.T) {
	got, problems := planFor("control-plane", []*corev1.Node{
		nodeWith("control-plane", "10.244.0.0/24", "172.18.0.2"),
		nodeWith("worker", "10.244.1.0/24", "172.18.0.3"),
		nodeWith("worker2", "10.244.2.0/24", "172.18.0.4"),
	})
	want := map[netip.Prefix]netip.Addr{
		netip.MustParsePrefix("10.244.1.0/24"): netip.MustParseAddr("172.18.0.3"),
		netip.MustParsePrefix("10.244.2.0/24"): netip.MustParseAddr("172.18.0.4"),
	}
	if got.podNetwork.String() != "10.244.0.0/24" || !maps.Equal(got.routes, want) || len(problems) > 0 {
		t.Fatalf("%+v, %v", got, problems)
	}
}

func TestNodesThatAreJustJoiningGetNoRouteYet(t *testing.T) {
	got, problems := planFor("self", []*corev1.Node{
		nodeWith("self", "", "172.18.0.2"), nodeWith("no-network", "", "172.18.0.3"), nodeWith("no-address", "10.244.1.0/24", ""),
	})
	if got.podNetwork.IsValid() || len(got.routes) > 0 || len(problems) > 0 {
		t.Fatalf("%+v, %v", got, problems)
	}
}

func TestAnUnreadableNodeIsReportedAndHindersNoOther(t *testing.T) {
	got, problems := planFor("self", []*corev1.Node{
		nodeWith("self", "10.244.0.0/24", "172.18.0.2"), nodeWith("odd", "fd00::/64", "172.18.0.3"), nodeWith("good", "10.244.2.0/24", "172.18.0.4"),
	})
	if !got.podNetwork.IsValid() || len(got.routes) != 1 || len(problems) != 1 {
		t.Fatalf("%+v, %v", got, problems)
	}
}

func TestTheInternalIPv4AddressIsTaken(t *testing.T) {
	node := nodeWith("other", "10.244.1.0/24", "fc00::3")
	node.Status.Addresses = append(node.Status.Addresses,
		corev1.NodeAddress{Type: corev1.NodeHostName, Address: "other"},
		corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "203.0.113.1"},
		corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "172.18.0.3"})
	if got, ok := internalAddress(node); !ok || got.String() != "172.18.0.3" {
		t.Fatal(got, ok)
	}
}

func TestANetworkThatMovedToThisNodeHasNoRoute(t *testing.T) {
	got, _ := planFor("self", []*corev1.Node{nodeWith("self", "10.244.0.0/24", "172.18.0.2"), nodeWith("leaving", "10.244.0.0/24", "172.18.0.9")})
	if len(got.routes) > 0 {
		t.Fatalf("%+v", got)
	}
}

func nodeWith(name, podNetwork, address string) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{PodCIDR: podNetwork}}
	if address != "" {
		node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address}}
	}
	return node
}
