// Command kube is every Kubernetes program of a node in one file, chosen by the name it is called by, the way busybox
// and k3s do it. The seven Kubernetes programs, etcd, CoreDNS and metrics-server share most of their code: linked once they
// take a third of the disk, and every process on the machine shares the same pages of it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A program takes over the process: it reads os.Args and does not return an exit code, because most of them call
// os.Exit themselves.
type program func()

var programs = map[string]program{
	"coredns":                 coredns,
	"etcd":                    etcd,
	"kube-apiserver":          kubeAPIServer,
	"kube-controller-manager": kubeControllerManager,
	"kube-proxy":              kubeProxy,
	"kube-scheduler":          kubeScheduler,
	"kubeadm":                 kubeadm,
	"kubectl":                 kubectl,
	"kubelet":                 kubelet,
	"metrics-server":          metricsServer,
}

func main() {
	name := filepath.Base(os.Args[0])
	if run, ok := programs[name]; ok {
		if name != "coredns" {
			hideFlags(corednsFlags)
		}
		run()
		return
	}
	names := make([]string, 0, len(programs))
	for known := range programs {
		names = append(names, known)
	}
	slices.Sort(names)
	fmt.Fprintf(os.Stderr, "kube: called as %q; call it by a link with one of these names: %s\n", name, strings.Join(names, ", "))
	os.Exit(2)
}

// CoreDNS registers these with the process when it is linked in; the Kubernetes programs offer whatever is registered
// there as flags of their own, and kube-proxy would take CoreDNS' -version for its --version.
var corednsFlags = []string{"conf", "dns.port", "p", "pidfile", "plugins", "quiet", "version"}

func hideFlags(names []string) {
	kept := flag.NewFlagSet(os.Args[0], flag.ExitOnError)
	flag.CommandLine.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(names, f.Name) {
			kept.Var(f.Value, f.Name, f.Usage)
		}
	})
	flag.CommandLine = kept
}
