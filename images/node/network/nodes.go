package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"

// How often the nodes are compared with the kernel again although no Node changed: it mends what somebody removed by
// hand. Costs no request, the nodes come from the informer's memory.
const recheckInterval = time.Minute

// nodesClient talks to the API server itself, not to the Service "kubernetes": that one works only after kube-proxy has
// set it up, and the node is not Ready before the network is.
//
// It knows the types of core/v1 only; the full clientset would make the binary twice as large.
func nodesClient(endpoint string) (rest.Interface, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return rest.RESTClientFor(&rest.Config{
		Host:            "https://" + endpoint,
		APIPath:         "/api",
		BearerTokenFile: serviceAccount + "token",
		TLSClientConfig: rest.TLSClientConfig{CAFile: serviceAccount + "ca.crt"},
		ContentConfig: rest.ContentConfig{
			GroupVersion:         &corev1.SchemeGroupVersion,
			NegotiatedSerializer: serializer.NewCodecFactory(scheme).WithoutConversion(),
			ContentType:          runtime.ContentTypeProtobuf,
			AcceptContentTypes:   runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON,
		},
		UserAgent: "node-network",
	})
}

// watchNodes calls changed with all nodes when they are first known, after every change, and every recheckInterval,
// one call at a time, until ctx ends. Changes that come while changed runs are taken together.
func watchNodes(ctx context.Context, client rest.Interface, changed func(nodes []*corev1.Node)) error {
	pending := make(chan struct{}, 1)
	notice := func() {
		select {
		case pending <- struct{}{}:
		default:
		}
	}
	informer := cache.NewSharedInformer(
		cache.NewListWatchFromClient(client, "nodes", corev1.NamespaceAll, fields.Everything()), &corev1.Node{}, recheckInterval)
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notice() },
		UpdateFunc: func(_, _ any) { notice() },
		DeleteFunc: func(any) { notice() },
	}); err != nil {
		return err
	}
	go informer.RunWithContext(ctx)

	// An incomplete first list would look as if nodes had left, and their routes would be removed.
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pending:
			changed(listed(informer.GetStore()))
		}
	}
}

func listed(store cache.Store) []*corev1.Node {
	var nodes []*corev1.Node
	for _, object := range store.List() {
		if node, ok := object.(*corev1.Node); ok {
			nodes = append(nodes, node)
		}
	}
	return nodes
}
