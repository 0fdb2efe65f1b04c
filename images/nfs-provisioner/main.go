// Command nfs-provisioner makes a directory on an NFS share for every claim of its StorageClasses, and a
// PersistentVolume for that directory. It takes the place of nfs-subdir-external-provisioner v4 where that image cannot
// be pulled: same provisioner name, environment variables, StorageClass parameters, directory and archive names.
package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// mountPath is where the Deployment mounts the share, as upstream's does.
const mountPath = "/persistentvolumes"

func main() {
	settings, err := settingsFromEnvironment(os.Getenv)
	if err != nil {
		klog.ErrorS(err, "nfs-provisioner cannot start")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, settings); err != nil {
		klog.ErrorS(err, "nfs-provisioner cannot start")
		os.Exit(1)
	}
}

func run(ctx context.Context, settings settings) error {
	share := share{mount: mountPath}
	if err := share.check(); err != nil {
		return err
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	// A hundred claims made at once must not queue behind client-go's default of five requests a second.
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	provisioner := newProvisioner(client, settings, share)
	if err := provisioner.resume(); err != nil {
		return err
	}
	var workers sync.WaitGroup
	workers.Go(func() { provisioner.keepTidy(ctx) })
	controller.NewProvisionController(ctx, client, settings.provisionerName, provisioner,
		append(controllerOptions(settings), controllerWorkers(&workers))...).Run(ctx)
	workers.Wait()
	return nil
}

func controllerOptions(settings settings) []func(*controller.ProvisionController) error {
	return []func(*controller.ProvisionController) error{
		controller.LeaderElection(settings.leaderElection),
		controller.Threadiness(4),
		// The library's own pace (15 s, doubled up to 16 minutes, given up after 15 times) leaves a learner who mended
		// the cause in front of a claim that stays Pending.
		controller.RateLimiter(workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, 30*time.Second)),
		controller.FailedProvisionThreshold(0),
		controller.FailedDeleteThreshold(0),
		// How long an API server that is away is waited for before the new directory is taken back: 51 s in all.
		controller.CreateProvisionedPVBackoff(wait.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Steps: 9}),
	}
}

func controllerWorkers(workers *sync.WaitGroup) func(*controller.ProvisionController) error {
	return func(c *controller.ProvisionController) error {
		c.ControllerWaitGroup(workers)
		return nil
	}
}
