package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	ktesting "k8s.io/client-go/testing"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func TestProvisionDescribesTheVolume(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	claim := labClaim("data")
	claim.Spec.AccessModes = []v1.PersistentVolumeAccessMode{v1.ReadWriteMany}
	claim.Spec.Resources.Requests = v1.ResourceList{v1.ResourceStorage: resource.MustParse("100Mi")}
	volume := lab.mustProvision(t, claim)

	if volume.Spec.NFS.Server != "10.0.0.5" || volume.Spec.NFS.Path != "/export/lab-data-pvc-data" {
		t.Errorf("source %+v", volume.Spec.NFS)
	}
	if size := volume.Spec.Capacity[v1.ResourceStorage]; size.String() != "100Mi" {
		t.Errorf("capacity %s", size.String())
	}
	if volume.Spec.PersistentVolumeReclaimPolicy != v1.PersistentVolumeReclaimDelete || volume.Spec.AccessModes[0] != v1.ReadWriteMany ||
		len(volume.Spec.MountOptions) != 1 || volume.Spec.MountOptions[0] != "nfsvers=4.1" {
		t.Errorf("spec %+v", volume.Spec)
	}
	if info, err := os.Stat(filepath.Join(lab.share.mount, "lab-data-pvc-data")); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("directory %v, %v", info, err)
	}
}

func TestDeleteDoesWhatTheClassSaysAtThatTime(t *testing.T) {
	for name, test := range map[string]struct {
		parameters map[string]string
		left       []string
	}{
		"remove":  {map[string]string{"archiveOnDelete": "false"}, nil},
		"retain":  {map[string]string{"onDelete": "retain"}, []string{"lab-data-pvc-data/dump.rdb"}},
		"archive": {map[string]string{"archiveOnDelete": "true"}, []string{"archived-lab-data-pvc-data/dump.rdb"}},
	} {
		t.Run(name, func(t *testing.T) {
			lab := newLab(t, map[string]string{"onDelete": "delete"})
			volume := lab.mustProvision(t, labClaim("data"))
			write(t, lab.share, "lab-data-pvc-data/dump.rdb")
			lab.setClass(t, test.parameters)
			mustSucceed(t, lab.Delete(t.Context(), volume))
			wantTree(t, lab.share, test.left...)
		})
	}
}

func TestDeletingADirectoryThatIsGoneSucceeds(t *testing.T) {
	for _, onDelete := range []string{"delete", "retain", ""} {
		lab := newLab(t, map[string]string{"onDelete": onDelete})
		volume := lab.mustProvision(t, labClaim("data"))
		mustSucceed(t, os.Remove(filepath.Join(lab.share.mount, "lab-data-pvc-data")))
		mustSucceed(t, lab.Delete(t.Context(), volume))
	}
}

func TestClaimsThatCannotBeMetAreRefused(t *testing.T) {
	selector, source := labClaim("a"), labClaim("b")
	selector.Spec.Selector = &metav1.LabelSelector{}
	source.Spec.DataSource = &v1.TypedLocalObjectReference{Kind: "VolumeSnapshot", Name: "s"}
	for message, claim := range map[string]*v1.PersistentVolumeClaim{"Selector is not supported": selector, "dataSource is not supported": source} {
		lab := newLab(t, nil)
		_, state, err := lab.provision(t, claim)
		mustFail(t, err, message)
		if state != controller.ProvisioningFinished {
			t.Errorf("state %s: the library would wait for more", state)
		}
		wantEmpty(t, lab.share)
	}
}

func TestAClassWithAMistakeMakesNothing(t *testing.T) {
	for _, parameters := range []map[string]string{{"ondelete": "retain"}, {"onDelete": "keep"}, {"archiveOnDelete": "x"}, {"pathPattern": ".."}, {"pathPattern": ""}} {
		lab := newLab(t, parameters)
		if _, _, err := lab.provision(t, labClaim("data")); err == nil {
			t.Errorf("%v was accepted", parameters)
		}
		wantEmpty(t, lab.share)
	}
}

func TestTwoClaimsNeverShareNorNestDirectories(t *testing.T) {
	for name, test := range map[string]struct{ first, second, message string }{
		"the same":       {"team/data", "team/data", `already belongs to volume pvc-first`},
		"inside":         {"team", "team/data", `lies inside "team", which belongs to volume pvc-first`},
		"around":         {"team/data", "team", `contains "team/data", which belongs to volume pvc-first`},
		"same, in other": {"team/data", "team//data/", `already belongs to`},
	} {
		for _, saved := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, first one saved: %v", name, saved), func(t *testing.T) {
				lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "onDelete": "delete"})
				first := lab.mustProvision(t, claimWithPath("first", test.first))
				if saved {
					lab.save(t, first)
				}
				_, _, err := lab.provision(t, claimWithPath("second", test.second))
				mustFail(t, err, test.message)

				mustSucceed(t, lab.Delete(t.Context(), first))
				lab.forget(first)
				lab.mustProvision(t, claimWithPath("second", test.second))
			})
		}
	}
}

func TestNeighboursWithSimilarNamesAreNotNested(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}"})
	for _, directory := range []string{"team", "team-2", "tea", "teams/team"} {
		lab.mustProvision(t, claimWithPath(directory[:3]+directory[len(directory)-1:], directory))
	}
}

func TestOneOfManyClaimsForOneDirectoryWins(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "shared"})
	var waiting sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		waiting.Go(func() { _, _, errs[i] = lab.provision(t, labClaim(fmt.Sprint("claim-", i))) })
	}
	waiting.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Fatalf("%d claims got the directory: %v", won, errors.Join(errs...))
	}
}

func TestAHandMadeVolumeInADirectoryProtectsIt(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	volume := lab.mustProvision(t, labClaim("data"))
	write(t, lab.share, "lab-data-pvc-data/sub/file")
	static := handMade("static", "/export/lab-data-pvc-data/sub")
	lab.save(t, volume)
	lab.save(t, static)
	mustFail(t, lab.Delete(t.Context(), volume), `volume static uses "lab-data-pvc-data/sub" as well`)
	wantTree(t, lab.share, "lab-data-pvc-data/sub/file")

	lab.forget(static)
	mustSucceed(t, lab.Delete(t.Context(), volume))
	wantTree(t, lab.share)
}

func TestAHandMadeVolumeOfTheWholeShareHindersNobody(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	lab.save(t, handMade("everything", "/export"))
	lab.save(t, handMade("server", "/"))
	mustSucceed(t, lab.Delete(t.Context(), lab.mustProvision(t, labClaim("data"))))
}

func TestADirectoryFoundThereIsUsedAndLeft(t *testing.T) {
	for _, onDelete := range []string{"delete", ""} {
		lab := newLab(t, map[string]string{"pathPattern": "${.PVC.name}", "onDelete": onDelete})
		write(t, lab.share, "data/precious")
		volume := lab.mustProvision(t, labClaim("data"))
		mustSucceed(t, lab.Delete(t.Context(), volume))
		wantTree(t, lab.share, "data/precious")
	}
}

func TestDeleteTouchesNothingThatIsNotProvenToBeTheVolumes(t *testing.T) {
	for name, test := range map[string]struct {
		spoil   func(volume *v1.PersistentVolume)
		message string
	}{
		"share root":            {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/export" }, "not a directory below the share"},
		"share root, slash":     {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/export/" }, "not a directory below the share"},
		"server root":           {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/" }, "not a directory below the share"},
		"outside":               {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/other/lab-data-pvc-data" }, "not a directory below the share"},
		"dots":                  {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/export/a/../victim" }, "not a directory below the share"},
		"another's":             {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/export/victim" }, "nothing proves"},
		"another's, inside":     {func(v *v1.PersistentVolume) { v.Spec.NFS.Path = "/export/victim/lab-data-pvc-data" }, "nothing proves"},
		"another server":        {func(v *v1.PersistentVolume) { v.Spec.NFS.Server = "10.0.0.6" }, `serves "10.0.0.5"`},
		"another kind":          {func(v *v1.PersistentVolume) { v.Spec.NFS = nil }, "not an NFS volume"},
		"nameless and unproven": {func(v *v1.PersistentVolume) { v.Annotations = nil; v.Spec.ClaimRef.Name = "x" }, "nothing proves"},
	} {
		t.Run(name, func(t *testing.T) {
			lab := newLab(t, map[string]string{"onDelete": "delete"})
			volume := lab.mustProvision(t, labClaim("data"))
			write(t, lab.share, "lab-data-pvc-data/file")
			write(t, lab.share, "victim/precious")
			volume.Spec.ClaimRef = &v1.ObjectReference{Namespace: "lab", Name: "data"}
			test.spoil(volume)
			mustFail(t, lab.Delete(t.Context(), volume), test.message)
			wantTree(t, lab.share, "lab-data-pvc-data/file", "victim/precious")
		})
	}
}

func TestAVolumeOfUpstreamsProvisionerIsDeleted(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	write(t, lab.share, "lab-data-pvc-data/file")
	volume := handMade("pvc-data", "/export/lab-data-pvc-data")
	volume.Spec.StorageClassName = "class"
	volume.Spec.ClaimRef = &v1.ObjectReference{Namespace: "lab", Name: "data", UID: "data"}
	mustSucceed(t, lab.Delete(t.Context(), volume))
	wantTree(t, lab.share)
}

func TestNothingIsDeletedWhileTheClassIsGoneOrWrong(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	volume := lab.mustProvision(t, labClaim("data"))
	write(t, lab.share, "lab-data-pvc-data/file")

	mustSucceed(t, lab.client.StorageV1().StorageClasses().Delete(t.Context(), "class", metav1.DeleteOptions{}))
	mustFail(t, lab.Delete(t.Context(), volume), `StorageClass "class" is gone`)
	lab.makeClass(t, map[string]string{"onDelete": "dlete"})
	mustFail(t, lab.Delete(t.Context(), volume), `onDelete "dlete"`)
	wantTree(t, lab.share, "lab-data-pvc-data/file")

	lab.setClass(t, map[string]string{"onDelete": "delete"})
	mustSucceed(t, lab.Delete(t.Context(), volume))
	wantTree(t, lab.share)
}

func TestAnUnreachableAPIMakesAndDeletesNothing(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	volume := lab.mustProvision(t, labClaim("data"))
	write(t, lab.share, "lab-data-pvc-data/file")
	lab.client.PrependReactor("list", "persistentvolumes", func(ktesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("connection refused")
	})
	mustFail(t, lab.Delete(t.Context(), volume), "connection refused")
	_, _, err := lab.provision(t, labClaim("other"))
	mustFail(t, err, "connection refused")
	wantTree(t, lab.share, "lab-data-pvc-data/file")
}

func TestAnAbortedDeleteTouchesNothing(t *testing.T) {
	lab := newLab(t, map[string]string{"onDelete": "delete"})
	volume := lab.mustProvision(t, labClaim("data"))
	write(t, lab.share, "lab-data-pvc-data/file")
	aborted, abort := context.WithCancel(t.Context())
	abort()
	if err := lab.Delete(aborted, volume); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	wantTree(t, lab.share, "lab-data-pvc-data/file")
}

func TestADirectoryThatCannotBeMadeIsNotReserved(t *testing.T) {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}"})
	write(t, lab.share, "file")
	_, _, err := lab.provision(t, claimWithPath("first", "file/data"))
	mustFail(t, err, "make the directory on the share 10.0.0.5:/export")
	mustSucceed(t, os.Remove(filepath.Join(lab.share.mount, "file")))
	lab.mustProvision(t, claimWithPath("second", "file/data"))
}

// lab is a provisioner with a share in a temporary directory and one StorageClass, "class", in a fake API.
type lab struct {
	*provisioner
	client *fake.Clientset
}

func newLab(t *testing.T, classParameters map[string]string) *lab {
	t.Helper()
	client := fake.NewClientset()
	settings := settings{provisionerName: "example.com/nfs", server: "10.0.0.5", sharePath: "/export"}
	made := &lab{client: client, provisioner: newProvisioner(client, settings, share{mount: t.TempDir()})}
	made.makeClass(t, classParameters)
	return made
}

func (l *lab) makeClass(t *testing.T, parameters map[string]string) {
	t.Helper()
	_, err := l.client.StorageV1().StorageClasses().Create(t.Context(), &storagev1.StorageClass{
		ObjectMeta:   metav1.ObjectMeta{Name: "class"},
		Parameters:   parameters,
		MountOptions: []string{"nfsvers=4.1"},
	}, metav1.CreateOptions{})
	mustSucceed(t, err)
}

func (l *lab) setClass(t *testing.T, parameters map[string]string) {
	t.Helper()
	mustSucceed(t, l.client.StorageV1().StorageClasses().Delete(t.Context(), "class", metav1.DeleteOptions{}))
	l.makeClass(t, parameters)
}

func (l *lab) provision(t *testing.T, claim *v1.PersistentVolumeClaim) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	class, err := l.client.StorageV1().StorageClasses().Get(t.Context(), "class", metav1.GetOptions{})
	if err != nil {
		return nil, "", err
	}
	volume, state, err := l.Provision(t.Context(), controller.ProvisionOptions{StorageClass: class, PVName: "pvc-" + string(claim.UID), PVC: claim})
	if volume != nil { // as the library does
		volume.Spec.StorageClassName = "class"
		volume.Spec.ClaimRef = &v1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID}
		volume.UID = types.UID("of " + volume.Name) // as the API does when it saves it
		metav1.SetMetaDataAnnotation(&volume.ObjectMeta, "pv.kubernetes.io/provisioned-by", l.settings.provisionerName)
	}
	return volume, state, err
}

func (l *lab) mustProvision(t *testing.T, claim *v1.PersistentVolumeClaim) *v1.PersistentVolume {
	t.Helper()
	volume, _, err := l.provision(t, claim)
	mustSucceed(t, err)
	return volume
}

func (l *lab) save(t *testing.T, volume *v1.PersistentVolume) {
	t.Helper()
	_, err := l.client.CoreV1().PersistentVolumes().Create(t.Context(), volume, metav1.CreateOptions{})
	mustSucceed(t, err)
}

func (l *lab) forget(volume *v1.PersistentVolume) {
	_ = l.client.CoreV1().PersistentVolumes().Delete(context.Background(), volume.Name, metav1.DeleteOptions{})
}

func labClaim(name string) *v1.PersistentVolumeClaim {
	claim := claimNamed("lab", name)
	claim.UID = types.UID(name)
	return claim
}

func claimWithPath(name, path string) *v1.PersistentVolumeClaim {
	claim := labClaim(name)
	claim.Annotations = map[string]string{"path": path}
	return claim
}

func handMade(name, path string) *v1.PersistentVolume {
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("of " + name)},
		Spec: v1.PersistentVolumeSpec{PersistentVolumeSource: v1.PersistentVolumeSource{
			NFS: &v1.NFSVolumeSource{Server: "10.0.0.5", Path: path},
		}},
	}
}

func wantEmpty(t *testing.T, share share) {
	t.Helper()
	entries, err := os.ReadDir(share.mount)
	if err != nil || len(entries) > 0 {
		t.Errorf("the share has %v, %v; want nothing", entries, err)
	}
}
