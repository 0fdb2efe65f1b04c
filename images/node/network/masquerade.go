package main

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

const masqueradeTable = "statelab-node-network"

// ensureMasquerade makes Pods use the node's address towards everything that is not a Pod: nothing outside the cluster
// knows a way back to a Pod's address.
//
// It speaks nftables to the kernel itself. The alternatives were an iptables program in the image (a whole distribution
// for one rule), or running the node's own through a mount of its root directory (the agent could then read and run
// everything on the node), and both must guess which of the two iptables kube-proxy uses. A table of our own meets
// neither kube-proxy's rules nor kind's: the kernel asks each NAT table in turn until one decides.
//
// The table is emptied and filled in one transaction: it is right after any crash and any upgrade, never twice there,
// and no packet finds it empty. Connections that exist keep their translation, which is the kernel's, not the rule's.
func ensureMasquerade(podSubnet netip.Prefix) error {
	connection, err := nftables.New()
	if err != nil {
		return fmt.Errorf("masquerade: %w", err)
	}
	table := connection.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: masqueradeTable})
	chain := connection.AddChain(&nftables.Chain{
		Name:     "postrouting",
		Table:    table,
		Type:     nftables.ChainTypeNAT,
		Hooknum:  nftables.ChainHookPostrouting,
		Priority: nftables.ChainPriorityNATSource,
	})
	connection.FlushChain(chain)
	connection.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: masqueradeRule(podSubnet)})
	if err := connection.Flush(); err != nil {
		return fmt.Errorf("masquerade (Pods reach each other, but nothing outside the cluster; needs nf_tables in the kernel): %w", err)
	}
	return nil
}

// The offsets of the addresses in an IPv4 header, in bytes.
const (
	sourceOffset      = 12
	destinationOffset = 16
)

// masqueradeRule is: ip saddr SUBNET ip daddr != SUBNET masquerade
func masqueradeRule(subnet netip.Prefix) []expr.Any {
	return append(append(
		compareAddress(sourceOffset, expr.CmpOpEq, subnet),
		compareAddress(destinationOffset, expr.CmpOpNeq, subnet)...),
		&expr.Masq{})
}

func compareAddress(offset uint32, operator expr.CmpOp, subnet netip.Prefix) []expr.Any {
	const register = 1
	return []expr.Any{
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: net.IPv4len},
		&expr.Bitwise{
			SourceRegister: register,
			DestRegister:   register,
			Len:            net.IPv4len,
			Mask:           net.CIDRMask(subnet.Bits(), 8*net.IPv4len),
			Xor:            make([]byte, net.IPv4len),
		},
		&expr.Cmp{Register: register, Op: operator, Data: subnet.Addr().AsSlice()},
	}
}
