package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/util"
)

// provisioner is what the library's controller calls for each claim and each volume to delete, from several goroutines.
type provisioner struct {
	client     kubernetes.Interface
	settings   settings
	share      share
	neighbours *neighbours
}

var _ controller.Provisioner = &provisioner{}

func newProvisioner(client kubernetes.Interface, settings settings, share share) *provisioner {
	return &provisioner{client: client, settings: settings, share: share, neighbours: newNeighbours(client, settings, share)}
}

// Provision makes the claim's directory and describes the volume; the library saves it. Whatever is wrong is returned,
// which the library shows as an event of the claim and tries again. It is always Finished: nothing goes on behind.
func (p *provisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	volume, err := p.provision(ctx, options)
	return volume, controller.ProvisioningFinished, err
}

func (p *provisioner) provision(ctx context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, error) {
	if err := checkSupported(options.PVC); err != nil {
		return nil, err
	}
	parameters, err := parseParameters(options.StorageClass.Name, options.StorageClass.Parameters)
	if err != nil {
		return nil, err
	}
	directory, err := directoryFor(parameters, p.settings.sharePath, options.PVC, options.PVName)
	if err != nil {
		return nil, err
	}
	wanted := unfinished{
		Volume:    options.PVName,
		Claim:     types.NamespacedName{Namespace: options.PVC.Namespace, Name: options.PVC.Name},
		ClaimUID:  options.PVC.UID,
		Directory: directory,
	}
	made, err := p.makeDirectory(ctx, wanted)
	if err != nil {
		return nil, err
	}
	klog.FromContext(ctx).Info("Directory for claim", "claim", klog.KObj(options.PVC), "directory", directory, "madeForIt", made.made)
	return p.describe(options, made), nil
}

func checkSupported(claim *v1.PersistentVolumeClaim) error {
	if claim.Spec.Selector != nil {
		return errors.New("claim Selector is not supported: a directory made for the claim has no labels to select by; remove spec.selector")
	}
	if claim.Spec.DataSource != nil || claim.Spec.DataSourceRef != nil {
		return errors.New("claim dataSource is not supported: the volume would be empty; remove spec.dataSource and spec.dataSourceRef")
	}
	return nil
}

// makeDirectory makes the wanted directory, or takes over the one that an earlier try for the same volume left.
func (p *provisioner) makeDirectory(ctx context.Context, wanted unfinished) (unfinished, error) {
	earlier, again := p.neighbours.unfinishedOf(wanted.Volume)
	if again && earlier.Directory != wanted.Directory { // the claim or its class was edited meanwhile
		if err := p.undo(ctx, earlier); err != nil {
			return wanted, err
		}
	}
	record, err := p.neighbours.reserve(ctx, wanted)
	if err != nil {
		return record, err
	}
	if _, err := p.share.make(record.Directory); err != nil {
		return record, errors.Join(p.settings.notMade(err), p.undo(ctx, record))
	}
	return record, nil
}

func (p *provisioner) describe(options controller.ProvisionOptions, made unfinished) *v1.PersistentVolume {
	reclaimPolicy := v1.PersistentVolumeReclaimDelete
	if options.StorageClass.ReclaimPolicy != nil {
		reclaimPolicy = *options.StorageClass.ReclaimPolicy
	}
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName, Annotations: ownershipAnnotations(made)},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: reclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			MountOptions:                  options.StorageClass.MountOptions,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: options.PVC.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource: v1.PersistentVolumeSource{
				NFS: &v1.NFSVolumeSource{Server: p.settings.server, Path: path.Join(p.settings.sharePath, made.Directory)},
			},
		},
	}
}

// Delete disposes of the volume's directory as its StorageClass says now, not as it said when the volume was made. The
// library deletes the PersistentVolume when Delete succeeded; an error becomes an event of the volume and is tried again.
func (p *provisioner) Delete(ctx context.Context, volume *v1.PersistentVolume) error {
	if volume.UID == "" {
		return p.takeBack(ctx, volume)
	}
	if err := p.dispose(ctx, volume); err != nil {
		return err
	}
	return p.neighbours.release(volume.Name)
}

// takeBack is for a volume that the library could not save: nobody has written to it, and what its class says of the
// data of deleted volumes does not matter. One that was saved after all (only the answer was lost) stays.
func (p *provisioner) takeBack(ctx context.Context, volume *v1.PersistentVolume) error {
	saved, err := p.neighbours.isSaved(ctx, volume.Name)
	if err != nil || saved {
		return err
	}
	if record, ok := p.neighbours.unfinishedOf(volume.Name); ok {
		return p.undo(ctx, record)
	}
	return nil
}

func (p *provisioner) dispose(ctx context.Context, volume *v1.PersistentVolume) error {
	directory, made, err := ownedDirectory(volume, p.settings)
	if err != nil {
		return err
	}
	disposal, err := p.disposalOf(ctx, volume)
	if err != nil {
		return err
	}
	log := klog.LoggerWithValues(klog.FromContext(ctx), "volume", volume.Name, "directory", directory)
	if disposal == retain || !made {
		log.Info("Directory left in place", "onDelete", disposal, "madeForThisVolume", made)
		return nil
	}
	if err := p.neighbours.checkAlone(ctx, directory, volume.Name); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if disposal == remove {
		log.Info("Removing the directory")
		err = p.share.remove(directory)
	} else {
		var archived string
		archived, err = p.share.archive(directory, volume.Name)
		log.Info("Archived the directory", "as", archived)
	}
	if err != nil {
		return err
	}
	return p.removeParents(ctx, directory, parentsMade(volume, directory), volume.Name)
}

func (p *provisioner) disposalOf(ctx context.Context, volume *v1.PersistentVolume) (disposal, error) {
	name := util.GetPersistentVolumeClass(volume)
	class, err := p.client.StorageV1().StorageClasses().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", fmt.Errorf("StorageClass %q is gone, so it is not known whether to remove, keep or archive the directory: "+
			"make the StorageClass again, or delete the volume %s by hand", name, volume.Name)
	}
	if err != nil {
		return "", fmt.Errorf("read StorageClass %q: %w", name, err)
	}
	parameters, err := parseParameters(name, class.Parameters)
	return parameters.disposal, err
}
