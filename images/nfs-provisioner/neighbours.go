package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// neighbours knows which directory of the share belongs to which volume: those that the API has, and those that were
// given out and are not in the API yet, because the library saves a volume after Provision returned.
type neighbours struct {
	client   kubernetes.Interface
	settings settings
	share    share
	mutex    sync.Mutex
	unsaved  map[string]unfinished // by volume
}

func newNeighbours(client kubernetes.Interface, settings settings, share share) *neighbours {
	return &neighbours{client: client, settings: settings, share: share, unsaved: map[string]unfinished{}}
}

// reserve gives the wanted directory to the wanted volume, unless that would put two volumes in one directory or one
// inside the other: deleting one would delete the other's data. It returns what is to be made, and has it on record.
func (n *neighbours) reserve(ctx context.Context, wanted unfinished) (unfinished, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	places, err := n.others(ctx, wanted.Volume)
	if err != nil {
		return wanted, err
	}
	if err := checkApart(places, wanted.Directory); err != nil {
		return wanted, err
	}
	wanted.begun = time.Now()
	earlier, again := n.unsaved[wanted.Volume]
	again = again && earlier.made && earlier.Directory == wanted.Directory
	if again {
		wanted.made, wanted.Parents = true, earlier.Parents
	} else if wanted.Parents, wanted.made, err = n.share.missing(wanted.Directory); err != nil {
		return wanted, n.settings.notMade(err)
	}
	// A directory of the default name can only be there from an earlier try for this same claim, by upstream's
	// provisioner for one, which keeps no record: the name holds the claim's UID.
	wanted.made = wanted.made || wanted.Directory == defaultDirectory(wanted.Claim.Namespace, wanted.Claim.Name, wanted.Volume)
	wanted.Parents = topmost(wanted.Directory, append(parentsOf(places), wanted.Parents))
	if wanted.made && !again {
		if err := n.share.writeRecord(wanted); err != nil {
			return wanted, n.settings.notMade(err)
		}
	}
	n.unsaved[wanted.Volume] = wanted
	return wanted, nil
}

func checkApart(places []place, directory string) error {
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
	return nil
}

// release forgets a reservation: the directory was not made, or is gone again.
func (n *neighbours) release(volume string) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.forget(volume)
}

func (n *neighbours) forget(volume string) error {
	if record, ok := n.unsaved[volume]; ok && record.made {
		if err := n.share.removeRecord(volume); err != nil {
			return err
		}
	}
	delete(n.unsaved, volume)
	return nil
}

// unfinishedOf is what was begun for the volume and is not saved.
func (n *neighbours) unfinishedOf(volume string) (unfinished, bool) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	record, ok := n.unsaved[volume]
	return record, ok
}

// unfinishedBefore forgets what the API knows by now, and returns what was begun before the moment.
func (n *neighbours) unfinishedBefore(ctx context.Context, moment time.Time) ([]unfinished, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if len(n.unsaved) == 0 {
		return nil, nil
	}
	if _, err := n.others(ctx, ""); err != nil {
		return nil, err
	}
	var found []unfinished
	for _, record := range n.unsaved {
		if record.begun.Before(moment) {
			found = append(found, record)
		}
	}
	return found, nil
}

// isSaved says whether the API knows the volume.
func (n *neighbours) isSaved(ctx context.Context, volume string) (bool, error) {
	_, err := n.client.CoreV1().PersistentVolumes().Get(ctx, volume, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// isFree says whether no other volume is this very directory. One inside it needs no look: it keeps the directory from
// being empty, or is being deleted at the same time, and then one of the two must not wait for the other.
func (n *neighbours) isFree(ctx context.Context, directory, volume string) (bool, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	places, err := n.others(ctx, volume)
	return !slices.ContainsFunc(places, func(place place) bool { return place.directory == directory }), err
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
	parents     string // the topmost directory above it that provisioners made
	provisioned bool   // by a provisioner, so that its directory may be removed with everything in it
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
		if err := n.forget(saved.Items[i].Name); err != nil { // the API knows it now
			return nil, err
		}
		if place, ok := placeOf(&saved.Items[i], n.settings); ok && place.volume != volume {
			places = append(places, place)
		}
	}
	for other, record := range n.unsaved {
		if other != volume {
			found := place{volume: other, claim: record.Claim.String(), directory: record.Directory, parents: record.Parents, provisioned: true}
			places = append(places, found)
		}
	}
	return places, nil
}

func parentsOf(places []place) []string {
	var parents []string
	for _, place := range places {
		parents = append(parents, place.parents)
	}
	return parents
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
	if provisioned {
		found.parents = parentsMade(volume, directory)
	}
	if claim := volume.Spec.ClaimRef; claim != nil {
		found.claim = claim.Namespace + "/" + claim.Name
	}
	return found, ok
}
