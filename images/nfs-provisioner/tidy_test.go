package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ktesting "k8s.io/client-go/testing"
)

func TestAKilledProvisioningOfAClaimThatIsGoneLeavesNothing(t *testing.T) {
	for _, path := range []string{"data", "team/data", "a/b/c/d"} {
		lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "onDelete": "retain"})
		lab.mustProvision(t, claimWithPath("data", path)) // and the process dies before the volume is saved
		lab.restart(t)
		mustSucceed(t, lab.tidy(t.Context()))
		wantEmpty(t, lab.share)
	}
}

func TestAProvisioningThatWasKilledBeforeItsDirectoryLeavesNothing(t *testing.T) {
	lab := newLab(t, nil)
	_, err := lab.neighbours.reserve(t.Context(), unfinished{Volume: "pvc-data", Directory: "team/data"})
	mustSucceed(t, err)
	writeFile(t, filepath.Join(lab.share.mount, "keep"))
	mustSucceed(t, os.WriteFile(filepath.Join(lab.share.mount, recordPrefix+"pvc-cut"), nil, 0o600))
	lab.restart(t)
	mustSucceed(t, lab.tidy(t.Context()))
	mustSucceed(t, os.Remove(filepath.Join(lab.share.mount, "keep")))
	wantEmpty(t, lab.share)
}

func TestAKilledProvisioningIsTakenOverAsLongAsItsClaimWaits(t *testing.T) {
	for _, path := range []string{"data", "team/data"} {
		lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "onDelete": "delete"})
		claim := claimWithPath("data", path)
		lab.makeClaim(t, claim)
		lab.mustProvision(t, claim)
		lab.restart(t)
		mustSucceed(t, lab.tidy(t.Context()))

		volume := lab.mustProvision(t, claim)
		lab.save(t, volume)
		mustSucceed(t, lab.tidy(t.Context()))
		if _, err := os.Lstat(filepath.Join(lab.share.mount, recordPrefix+volume.Name)); err == nil {
			t.Error("the record outlives what it is for")
		}
		mustSucceed(t, lab.Delete(t.Context(), volume))
		wantEmpty(t, lab.share)
	}
}

func TestAClaimThatWasEditedAfterTheCrashGetsItsNewDirectoryOnly(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "onDelete": "delete"})
	lab.mustProvision(t, claimWithPath("data", "old/place"))
	lab.restart(t)
	mustSucceed(t, lab.Delete(t.Context(), lab.mustProvision(t, claimWithPath("data", "new/place"))))
	wantEmpty(t, lab.share)
}

func TestDataIsKeptWhateverTheRecordSays(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}"})
	lab.mustProvision(t, claimWithPath("data", "team/data"))
	write(t, lab.share, "team/data/precious")
	lab.restart(t)
	mustSucceed(t, lab.tidy(t.Context()))
	wantTree(t, lab.share, "team/data/precious")
	if records, err := lab.share.readRecords(); err != nil || len(records) > 0 {
		t.Errorf("records %v, %v", records, err)
	}
}

func TestADirectoryThatAnotherVolumeUsesIsNotTakenBack(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}"})
	lab.mustProvision(t, claimWithPath("data", "team/data"))
	lab.save(t, handMade("static", "/export/team/data"))
	lab.restart(t)
	mustSucceed(t, lab.tidy(t.Context()))
	if _, err := os.Stat(filepath.Join(lab.share.mount, "team/data")); err != nil {
		t.Error(err)
	}
}

func TestADirectoryOnRecordIsNobodyElses(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "shared"})
	first := labClaim("first")
	lab.makeClaim(t, first)
	lab.mustProvision(t, first)
	lab.restart(t)
	_, _, err := lab.provision(t, labClaim("second"))
	mustFail(t, err, "already belongs to volume pvc-first of claim lab/first")
	lab.mustProvision(t, first)
}

func TestFilesThatOnlyLookLikeRecordsAreLeftAlone(t *testing.T) {
	lab := newLab(t, nil)
	mustSucceed(t, os.Mkdir(filepath.Join(lab.share.mount, "empty"), 0o755))
	for name, text := range map[string]string{
		"pvc-1": "a learner's notes",
		"pvc-2": `{"volume":"pvc-other","directory":"empty"}`,
		"pvc-3": `{"volume":"pvc-3","directory":"empty/../empty"}`,
		"pvc-4": `{"volume":"pvc-4","directory":"/"}`,
		"pvc-5": `{"volume":"pvc-5","directory":"x/y","parents":"empty"}`,
	} {
		mustSucceed(t, os.WriteFile(filepath.Join(lab.share.mount, recordPrefix+name), []byte(text), 0o600))
	}
	lab.restart(t)
	mustSucceed(t, lab.tidy(t.Context()))
	if entries, err := os.ReadDir(lab.share.mount); err != nil || len(entries) != 6 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestAVolumeThatCouldNotBeSavedIsTakenBackAlsoWhereTheClassRetains(t *testing.T) {
	for _, onDelete := range []string{"retain", "delete", ""} {
		lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "onDelete": onDelete})
		volume := lab.mustProvision(t, claimWithPath("data", "team/data"))
		volume.UID = ""
		mustSucceed(t, lab.Delete(t.Context(), volume))
		wantEmpty(t, lab.share)
	}
}

func TestAVolumeThatWasSavedAfterAllKeepsItsDirectory(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	volume := lab.mustProvision(t, labClaim("data"))
	lab.save(t, volume)
	unsaved := volume.DeepCopy()
	unsaved.UID = ""
	mustSucceed(t, lab.Delete(t.Context(), unsaved))
	if _, err := os.Stat(filepath.Join(lab.share.mount, "lab-data-pvc-data")); err != nil {
		t.Error(err)
	}
}

func TestParentsGoWithTheLastVolumeBelowThem(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "archiveOnDelete": "false"})
	mustSucceed(t, os.MkdirAll(filepath.Join(lab.share.mount, "by-hand"), 0o755))
	var volumes []*v1.PersistentVolume
	for name, path := range map[string]string{"a": "team/x/a", "b": "team/x/b", "c": "team/c", "d": "by-hand/x/d"} {
		volumes = append(volumes, lab.mustProvision(t, claimWithPath(name, path)))
		lab.save(t, volumes[len(volumes)-1])
	}
	lab.restart(t)
	mustSucceed(t, lab.tidy(t.Context()))
	for _, volume := range volumes {
		mustSucceed(t, lab.Delete(t.Context(), volume))
		lab.forget(volume)
	}
	mustSucceed(t, os.Remove(filepath.Join(lab.share.mount, "by-hand"))) // empty, and still there
	wantEmpty(t, lab.share)
}

func TestParentsGoWhenAllVolumesBelowThemAreDeletedAtOnce(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "team/${.PVC.name}/data", "onDelete": "delete"})
	var volumes []*v1.PersistentVolume
	for i := range 20 {
		volumes = append(volumes, lab.mustProvision(t, labClaim(fmt.Sprint("claim-", i))))
		lab.save(t, volumes[i])
	}
	errs := make([]error, len(volumes))
	var deleting sync.WaitGroup
	for i, volume := range volumes { // the library deletes each from the API only when its directory is gone
		deleting.Go(func() { errs[i] = lab.Delete(t.Context(), volume) })
	}
	deleting.Wait()
	mustSucceed(t, errors.Join(errs...))
	wantEmpty(t, lab.share)
}

func TestParentsOfAnArchivedVolumeGo(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "team/data"})
	volume := lab.mustProvision(t, labClaim("data"))
	write(t, lab.share, "team/data/file")
	mustSucceed(t, lab.Delete(t.Context(), volume))
	wantTree(t, lab.share, "archived-data/file")
	if _, err := os.Stat(filepath.Join(lab.share.mount, "team")); err == nil {
		t.Error("the parent is still there")
	}
}

func TestAParentThatSomebodyUsesStays(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "team/data", "onDelete": "delete"})
	volume := lab.mustProvision(t, labClaim("data"))
	lab.save(t, handMade("static", "/export/team"))
	mustSucceed(t, lab.Delete(t.Context(), volume))
	if _, err := os.Stat(filepath.Join(lab.share.mount, "team")); err != nil {
		t.Error(err)
	}
}

func TestWhatThisProcessBeganIsNotTakenForAbandonedAtOnce(t *testing.T) {
	lab := newLab(t, nil)
	lab.mustProvision(t, labClaim("data")) // its claim is gone, its volume is about to be saved
	mustSucceed(t, lab.tidy(t.Context()))
	if _, ok := lab.neighbours.unfinishedOf("pvc-data"); !ok {
		t.Fatal("taken back while the library saves it")
	}
	record := lab.neighbours.unsaved["pvc-data"]
	record.begun = time.Now().Add(-abandonedAfter - time.Second)
	lab.neighbours.unsaved["pvc-data"] = record
	mustSucceed(t, lab.tidy(t.Context()))
	wantEmpty(t, lab.share)
}

func TestNothingIsTakenBackWhileTheAPICannotBeAsked(t *testing.T) {
	for _, resource := range []string{"persistentvolumes", "persistentvolumeclaims"} {
		lab := newLab(t, nil)
		lab.mustProvision(t, labClaim("data"))
		lab.restart(t)
		lab.client.PrependReactor("*", resource, func(ktesting.Action) (bool, runtime.Object, error) {
			return true, nil, errors.New("connection refused")
		})
		mustFail(t, lab.tidy(t.Context()), "connection refused")
		if _, err := os.Stat(filepath.Join(lab.share.mount, "lab-data-pvc-data")); err != nil {
			t.Error(err)
		}
	}
}

// restart makes a new provisioner on the same share and API, as a process that was killed comes back.
func (l *lab) restart(t *testing.T) {
	t.Helper()
	l.provisioner = newProvisioner(l.client, l.settings, l.share)
	mustSucceed(t, l.resume())
}

func (l *lab) makeClaim(t *testing.T, claim *v1.PersistentVolumeClaim) {
	t.Helper()
	_, err := l.client.CoreV1().PersistentVolumeClaims(claim.Namespace).Create(t.Context(), claim, metav1.CreateOptions{})
	mustSucceed(t, err)
}
