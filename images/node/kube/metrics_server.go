package main

import (
	"os"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"

	metricsserver "sigs.k8s.io/metrics-server/cmd/metrics-server/app"
)

func metricsServer() {
	os.Exit(cli.Run(metricsserver.NewMetricsServerCommand(genericapiserver.SetupSignalHandler())))
}
