// Command node-network is the Pod network of one node: it tells containerd how to connect Pods (a CNI configuration),
// how to reach the Pods of the other nodes (one route each) and masquerades what Pods send out of the cluster.
//
// It keeps no state and undoes nothing when it ends: Pods stay connected while it restarts, and the next start puts
// right whatever changed meanwhile.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
)

func main() {
	settings, err := settingsFromEnvironment(os.Getenv)
	if err != nil {
		klog.ErrorS(err, "node-network cannot start")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, settings); err != nil {
		klog.ErrorS(err, "node-network ends")
		os.Exit(1)
	}
}

func run(ctx context.Context, settings settings) error {
	client, err := nodesClient(settings.controlPlaneEndpoint)
	if err != nil {
		return err
	}
	node := &node{settings: settings, log: klog.FromContext(ctx)}
	return watchNodes(ctx, client, func(nodes []*corev1.Node) { node.reconcile(nodes) })
}
