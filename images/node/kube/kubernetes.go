package main

import (
	"context"
	"os"
	_ "time/tzdata" // CronJobs name time zones, and the images hold no zone files

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // kubectl's credential plugins
	kubectlcmd "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"

	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubeadmapp "k8s.io/kubernetes/cmd/kubeadm/app"
	kubeadmerrors "k8s.io/kubernetes/cmd/kubeadm/app/util/errors"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
)

func kubeAPIServer()         { os.Exit(cli.Run(apiserver.NewAPIServerCommand())) }
func kubeControllerManager() { os.Exit(cli.Run(controllermanager.NewControllerManagerCommand())) }
func kubeProxy()             { os.Exit(cli.Run(proxy.NewProxyCommand())) }
func kubeScheduler()         { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) }
func kubelet()               { os.Exit(cli.Run(kubeletapp.NewKubeletCommand(context.Background()))) }
func kubeadm()               { kubeadmerrors.HandleError(kubeadmapp.Run()) }

func kubectl() {
	if err := cli.RunNoErrOutput(kubectlcmd.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err) // prints it the way kubectl users know, and exits
	}
}
