//go:build kernel

// These tests change the routes and rules of network namespaces of their own, which needs root:
// go test -tags kernel ./node/network
package main

import (
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func TestRoutesFollowThePlanAndLeaveOthersAlone(t *testing.T) {
	inNewNetwork(t)
	foreign := netip.MustParsePrefix("192.0.2.0/24")
	if err := netlink.RouteAdd(&netlink.Route{Dst: &net.IPNet{IP: foreign.Addr().AsSlice(), Mask: net.CIDRMask(24, 32)}, Gw: net.IPv4(172, 18, 0, 77)}); err != nil {
		t.Fatal(err)
	}
	a, b := netip.MustParsePrefix("10.244.1.0/24"), netip.MustParsePrefix("10.244.2.0/24")
	three, four := netip.MustParseAddr("172.18.0.3"), netip.MustParseAddr("172.18.0.4")
	for _, step := range []struct {
		plan    map[netip.Prefix]netip.Addr
		changed int
	}{
		{map[netip.Prefix]netip.Addr{a: three, b: four}, 2},
		{map[netip.Prefix]netip.Addr{a: three, b: four}, 0},
		{map[netip.Prefix]netip.Addr{a: four, b: four}, 1},
		{map[netip.Prefix]netip.Addr{b: four}, 1},
		{nil, 1},
	} {
		changed, err := syncRoutes(step.plan)
		if err != nil || changed != step.changed {
			t.Errorf("%v: changed %d, %v; want %d", step.plan, changed, err, step.changed)
		}
		if got := gateways(t); len(got) != len(step.plan)+1 || got[foreign] != netip.MustParseAddr("172.18.0.77") {
			t.Errorf("%v: the kernel has %v", step.plan, got)
		}
		for destination, gateway := range step.plan {
			if got := gateways(t)[destination]; got != gateway {
				t.Errorf("%s via %s, want %s", destination, got, gateway)
			}
		}
	}
}

func TestARouteThatCannotBeSetDoesNotStopTheOthers(t *testing.T) {
	inNewNetwork(t)
	good := netip.MustParsePrefix("10.244.2.0/24")
	changed, err := syncRoutes(map[netip.Prefix]netip.Addr{
		netip.MustParsePrefix("10.244.1.0/24"): netip.MustParseAddr("203.0.113.1"),
		good:                                   netip.MustParseAddr("172.18.0.4"),
	})
	if err == nil || changed != 1 || !gateways(t)[good].IsValid() {
		t.Fatal(changed, err)
	}
}

func TestTheMasqueradeRuleIsThereOnceHoweverOftenItIsMade(t *testing.T) {
	inNewNetwork(t)
	for range 3 {
		if err := ensureMasquerade(netip.MustParsePrefix("10.244.0.0/16")); err != nil {
			t.Fatal(err)
		}
	}
	connection, err := nftables.New()
	if err != nil {
		t.Fatal(err)
	}
	table := &nftables.Table{Family: nftables.TableFamilyIPv4, Name: masqueradeTable}
	rules, err := connection.GetRules(table, &nftables.Chain{Name: "postrouting", Table: table})
	if err != nil || len(rules) != 1 {
		t.Fatalf("%d rules, %v", len(rules), err)
	}
	if _, ok := rules[0].Exprs[len(rules[0].Exprs)-1].(*expr.Masq); !ok {
		t.Errorf("the rule ends in %T", rules[0].Exprs[len(rules[0].Exprs)-1])
	}
}

func TestTheMTUIsThatOfTheDefaultRoutesDevice(t *testing.T) {
	inNewNetwork(t)
	if mtu, err := defaultRouteMTU(); err != nil || mtu != 0 {
		t.Errorf("without a default route: %d, %v", mtu, err)
	}
	if err := netlink.RouteAdd(&netlink.Route{Gw: net.IPv4(172, 18, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	if mtu, err := defaultRouteMTU(); err != nil || mtu != 1432 {
		t.Errorf("got %d, %v", mtu, err)
	}
}

// inNewNetwork moves the test into a network namespace with one device, 172.18.0.2/16. The thread is never unlocked, so
// that Go throws it away with the namespace when the test ends.
func inNewNetwork(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU = "eth0", 1432
	device := &netlink.Veth{LinkAttrs: attributes, PeerName: "peer"}
	address, err := netlink.ParseAddr("172.18.0.2/16")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return netlink.LinkAdd(device) },
		func() error { return netlink.AddrAdd(device, address) },
		func() error { return netlink.LinkSetUp(device) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

func gateways(t *testing.T) map[netip.Prefix]netip.Addr {
	t.Helper()
	routes, err := netlink.RouteList(nil, unix.AF_INET)
	if err != nil {
		t.Fatal(err)
	}
	found := map[netip.Prefix]netip.Addr{}
	for _, route := range routes {
		destination, ok := prefixOf(route.Dst)
		if gateway, isRoute := netip.AddrFromSlice(route.Gw.To4()); ok && isRoute {
			found[destination] = gateway
		}
	}
	return found
}
