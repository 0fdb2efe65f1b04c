package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// routeProtocol marks the agent's routes in the kernel (`ip route show proto 83`): the next start knows them by it and
// touches no others.
const routeProtocol netlink.RouteProtocol = 83

// syncRoutes makes the kernel's routes of this protocol equal to desired. One route that fails (its node's address is
// not reachable yet) does not stop the others.
func syncRoutes(desired map[netip.Prefix]netip.Addr) (changed int, err error) {
	ours, err := netlink.RouteListFiltered(unix.AF_INET, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return 0, fmt.Errorf("list routes: %w", err)
	}
	present := map[netip.Prefix]netip.Addr{}
	for _, route := range ours {
		if destination, ok := prefixOf(route.Dst); ok {
			gateway, _ := netip.AddrFromSlice(route.Gw.To4())
			present[destination] = gateway
		}
	}
	replace, remove := routeChanges(present, desired)
	var problems []error
	for destination, gateway := range replace {
		route := routeTo(destination)
		route.Gw = gateway.AsSlice()
		if err := netlink.RouteReplace(route); err != nil {
			problems = append(problems, fmt.Errorf("route %s via %s: %w", destination, gateway, err))
			continue
		}
		changed++
	}
	for _, destination := range remove {
		if err := netlink.RouteDel(routeTo(destination)); err != nil && !errors.Is(err, unix.ESRCH) {
			problems = append(problems, fmt.Errorf("remove route %s: %w", destination, err))
			continue
		}
		changed++
	}
	return changed, errors.Join(problems...)
}

// routeChanges says what turns the present routes into the desired ones.
func routeChanges(present, desired map[netip.Prefix]netip.Addr) (replace map[netip.Prefix]netip.Addr, remove []netip.Prefix) {
	replace = map[netip.Prefix]netip.Addr{}
	for destination, gateway := range desired {
		if present[destination] != gateway {
			replace[destination] = gateway
		}
	}
	for destination := range present {
		if _, wanted := desired[destination]; !wanted {
			remove = append(remove, destination)
		}
	}
	return replace, remove
}

func routeTo(destination netip.Prefix) *netlink.Route {
	return &netlink.Route{
		Dst:      &net.IPNet{IP: destination.Addr().AsSlice(), Mask: net.CIDRMask(destination.Bits(), 32)},
		Protocol: routeProtocol,
	}
}

func prefixOf(network *net.IPNet) (netip.Prefix, bool) {
	if network == nil {
		return netip.Prefix{}, false
	}
	address, ok := netip.AddrFromSlice(network.IP.To4())
	bits, _ := network.Mask.Size()
	return netip.PrefixFrom(address, bits), ok
}

// defaultRouteMTU is the MTU of the device that leads out of the node, 0 (the plugin's own default) when there is none.
func defaultRouteMTU() (int, error) {
	routes, err := netlink.RouteList(nil, unix.AF_INET)
	if err != nil {
		return 0, fmt.Errorf("list routes: %w", err)
	}
	for _, route := range routes {
		if route.Dst != nil && !route.Dst.IP.IsUnspecified() {
			continue
		}
		link, err := netlink.LinkByIndex(route.LinkIndex)
		if err != nil {
			return 0, fmt.Errorf("device of the default route: %w", err)
		}
		return link.Attrs().MTU, nil
	}
	return 0, nil
}
