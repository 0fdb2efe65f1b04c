package main

import (
	"context"
	"fmt"
	"sync"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// neighbours knows which directory of the share belongs to which volume: those that the API has, and those that were
// given out and are not in the API yet, because the library saves a volume after Provision returned.
type neighbours struct {
	client   kubernetes.Interface
	settings settings
	mutex    sync.Mutex
	unsaved  map[string]string // volume → directory
}

func newNeighbours(client kubernetes.Interface, settings settings) *neighbours {
	return &neighbours{client: client, settings: settings, unsaved: map[string]string{}}
}

// reserve gives the directory to the volume, unless that would put two volumes in one directory or one inside the
// other: deleting one would delete the other's data.
func (n *neighbours) reserve(ctx context.Context, directory, volume string) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	places, err := n.others(ctx, volume)
	if err != nil {
		return err
	}
	for _, place := range places {
		switch {
		case place.directory == directory:
			return fmt.Errorf("the directory %q already belongs to %s", directory, place)
		case inside(place.directory, directory):
			return fmt.Errorf("the directory %q contains %q, which belongs to %s", directory, place.directory, place)
		case place.provisioned && inside(directory, place.directory):
			return fmt.Errorf("the directory %q lies inside %q, which belongs to %s", directory, place.directory, place)
		}
	}
	n.unsaved[volume] = directory
	return nil
}

// release forgets a reservation: the directory was not made, or is gone again.
func (n *neighbours) release(volume string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	delete(n.unsaved, volume)
}

// checkAlone refuses when another volume, also one that a person made, uses the directory or one inside it.
func (n *neighbours) checkAlone(ctx context.Context, directory, volume string) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	places, err := n.others(ctx, volume)
	if err != nil {
		return err
	}
	for _, place := range places {
		if place.directory == directory || inside(place.directory, directory) {
			return fmt.Errorf("the directory %q was not touched: %s uses %q as well; delete that volume first",
				directory, place, place.directory)
		}
	}
	return nil
}

// place is a volume's directory on the share.
type place struct {
	volume      string
	claim       string
	directory   string
	provisioned bool // by a provisioner, so that its directory may be removed with everything in it
}

func (p place) String() string {
	if p.claim == "" {
		return "volume " + p.volume
	}
	return fmt.Sprintf("volume %s of claim %s", p.volume, p.claim)
}

// others asks the API, not the informer, which may lag behind it; and under the lock, so that an answer from before a
// volume was saved is never read after that volume left unsaved.
func (n *neighbours) others(ctx context.Context, volume string) ([]place, error) {
	saved, err := n.client.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the existing volumes: %w", err)
	}
	var places []place
	for i := range saved.Items {
		delete(n.unsaved, saved.Items[i].Name) // the API knows it now
		if place, ok := placeOf(&saved.Items[i], n.settings); ok && place.volume != volume {
			places = append(places, place)
		}
	}
	for other, directory := range n.unsaved {
		if other != volume {
			places = append(places, place{volume: other, directory: directory, provisioned: true})
		}
	}
	return places, nil
}

// placeOf: a hand-made volume of the share's root, or of a directory above it, has no place. It holds every volume, and
// refusing them all for it would help nobody.
func placeOf(volume *v1.PersistentVolume, settings settings) (place, bool) {
	if volume.Spec.NFS == nil || volume.Spec.NFS.Server != settings.server {
		return place{}, false
	}
	directory, ok := belowShare(settings.sharePath, volume.Spec.NFS.Path)
	_, provisioned := volume.Annotations["pv.kubernetes.io/provisioned-by"]
	found := place{volume: volume.Name, directory: directory, provisioned: provisioned}
	if claim := volume.Spec.ClaimRef; claim != nil {
		found.claim = claim.Namespace + "/" + claim.Name
	}
	return found, ok
}
