package main

import (
	_ "k8s.io/client-go/informers"
	_ "github.com/vishvananda/netlink"
)

func main() {}
