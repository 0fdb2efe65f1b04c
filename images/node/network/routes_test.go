package main

import (
	"maps"
	"net/netip"
	"slices"
	"testing"
)

func TestRouteChangesAreOnlyTheDifference(t *testing.T) {
	a, b, c := netip.MustParsePrefix("10.244.1.0/24"), netip.MustParsePrefix("10.244.2.0/24"), netip.MustParsePrefix("10.244.3.0/24")
	old, moved := netip.MustParseAddr("172.18.0.3"), netip.MustParseAddr("172.18.0.9")
	replace, remove := routeChanges(
		map[netip.Prefix]netip.Addr{a: old, b: old, c: old},
		map[netip.Prefix]netip.Addr{a: old, b: moved})
	if !maps.Equal(replace, map[netip.Prefix]netip.Addr{b: moved}) || !slices.Equal(remove, []netip.Prefix{c}) {
		t.Fatalf("replace %v, remove %v", replace, remove)
	}
}
