package main

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
)

const cniDirectory = "/etc/cni/net.d"

// node is the machine that the agent runs on.
type node struct {
	settings settings
	log      klog.Logger
}

// reconcile brings the node to what the list of nodes asks for. What fails is reported and tried again at the next
// change or recheck: the rest must work meanwhile. The CNI configuration comes first, the node is Ready by it.
func (n *node) reconcile(nodes []*corev1.Node) {
	plan, problems := planFor(n.settings.nodeName, nodes)
	for _, problem := range problems {
		n.log.Error(problem, "A node is left out")
	}
	if err := n.configureCNI(plan); err != nil {
		n.log.Error(err, "CNI configuration")
	}
	if changed, err := syncRoutes(plan.routes); err != nil {
		n.log.Error(err, "Routes to the other nodes")
	} else if changed > 0 {
		n.log.Info("Routes to the other nodes", "changed", changed, "routes", plan.routes)
	}
	if err := ensureMasquerade(n.settings.podSubnet); err != nil {
		n.log.Error(err, "Masquerade rule")
	}
}

func (n *node) configureCNI(plan plan) error {
	if !plan.podNetwork.IsValid() {
		n.log.Info("Waiting for this node's spec.podCIDR", "node", n.settings.nodeName)
		return nil
	}
	mtu, err := defaultRouteMTU()
	if err != nil {
		return err
	}
	content, err := conflist(plan.podNetwork, mtu)
	if err != nil {
		return err
	}
	wrote, err := writeConflist(cniDirectory, content)
	if wrote {
		n.log.Info("Wrote the CNI configuration", "podNetwork", plan.podNetwork, "mtu", mtu)
	}
	return err
}
