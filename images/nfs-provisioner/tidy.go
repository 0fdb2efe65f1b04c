package main

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

const (
	tidyInterval = time.Second
	// abandonedAfter is longer than the library tries to save a volume, and to take it back when that failed.
	abandonedAfter = 3 * time.Minute
)

// resume reads what a process before this one left unfinished. It comes before the first claim is answered.
func (p *provisioner) resume() error {
	records, err := p.share.readRecords()
	if err != nil {
		return fmt.Errorf("read what is unfinished on the share: %w", err)
	}
	for _, record := range records {
		klog.InfoS("Unfinished", "volume", record.Volume, "claim", record.Claim, "directory", record.Directory)
		p.neighbours.unsaved[record.Volume] = record
	}
	return nil
}

// keepTidy tidies as long as something is unfinished, until the context ends.
func (p *provisioner) keepTidy(ctx context.Context) {
	ticker := time.NewTicker(tidyInterval)
	defer ticker.Stop()
	for {
		if err := p.tidy(ctx); err != nil && ctx.Err() == nil {
			klog.ErrorS(err, "Unfinished volumes could not be looked after; trying again")
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tidy forgets what is finished and undoes what nobody will finish: the claim is gone, or has another volume. A claim
// that still waits is left to the library, which asks for it again and gets the same directory.
func (p *provisioner) tidy(ctx context.Context) error {
	abandoned, err := p.neighbours.unfinishedBefore(ctx, time.Now().Add(-abandonedAfter))
	if err != nil {
		return err
	}
	for _, record := range abandoned {
		waiting, err := p.claimWaits(ctx, record)
		if err != nil {
			return err
		}
		if waiting {
			continue
		}
		if err := p.undo(ctx, record); err != nil {
			return err
		}
	}
	return nil
}

func (p *provisioner) claimWaits(ctx context.Context, record unfinished) (bool, error) {
	claim, err := p.client.CoreV1().PersistentVolumeClaims(record.Claim.Namespace).Get(ctx, record.Claim.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read claim %s: %w", record.Claim, err)
	}
	return claim.UID == record.ClaimUID && claim.Spec.VolumeName == "" && claim.Status.Phase != v1.ClaimLost, nil
}

// undo takes back an unfinished provisioning: its directory, unless there is something in it, which somebody else must
// have put there, and the parents that were made for it.
func (p *provisioner) undo(ctx context.Context, record unfinished) error {
	log := klog.LoggerWithValues(klog.FromContext(ctx), "volume", record.Volume, "directory", record.Directory)
	if record.made {
		removed, err := p.removeEmpty(ctx, record.Directory, record.Volume)
		if err != nil {
			return err
		}
		if removed {
			err = p.removeParents(ctx, record.Directory, record.Parents, record.Volume)
		}
		if err != nil {
			return err
		}
		log.Info("Took back an unfinished directory", "removed", removed)
	}
	return p.neighbours.release(record.Volume)
}

// removeParents removes the directories above a volume's, up to the topmost that provisioners made, as far as they are
// empty and nobody's volume.
func (p *provisioner) removeParents(ctx context.Context, directory, topmost, volume string) error {
	for _, parent := range parentsUpTo(directory, topmost) {
		if removed, err := p.removeEmpty(ctx, parent, volume); err != nil || !removed {
			return err
		}
	}
	return nil
}

func (p *provisioner) removeEmpty(ctx context.Context, directory, volume string) (removed bool, err error) {
	free, err := p.neighbours.isFree(ctx, directory, volume)
	if err != nil || !free {
		return false, err
	}
	return p.share.removeEmpty(directory)
}
