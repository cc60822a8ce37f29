// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	lib "sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// Ours.
const (
	// storageClass is the default class of every cluster.
	storageClass = "standard"
	// driver is how the class names this provisioner.
	driver = "local.test/folder"
)

// folders makes a PersistentVolume for a claim: a folder below the one it is named after. The
// volumes are of type local: unlike hostPath ones they have node affinity, and obey fsGroup.
type folders string

func (f folders) Provision(
	_ context.Context, o lib.ProvisionOptions,
) (*corev1.PersistentVolume, lib.ProvisioningState, error) {
	folder := filepath.Join(string(f), o.PVName)
	if err := os.MkdirAll(folder, 0o770); err != nil {
		return nil, lib.ProvisioningFinished, err
	}
	onNode := corev1.NodeSelectorRequirement{
		Key:      corev1.LabelHostname,
		Operator: corev1.NodeSelectorOpIn,
		Values:   []string{o.SelectedNodeName},
	}
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: o.PVName}}
	volume.Spec = corev1.PersistentVolumeSpec{
		PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
		AccessModes:                   o.PVC.Spec.AccessModes,
		Capacity: corev1.ResourceList{
			corev1.ResourceStorage: o.PVC.Spec.Resources.Requests[corev1.ResourceStorage],
		},
		PersistentVolumeSource: corev1.PersistentVolumeSource{
			Local: &corev1.LocalVolumeSource{Path: folder},
		},
		NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{
				{MatchExpressions: []corev1.NodeSelectorRequirement{onNode}},
			},
		}},
	}
	return volume, lib.ProvisioningFinished, nil
}

func (f folders) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	return os.RemoveAll(filepath.Join(string(f), volume.Name))
}

// createClass makes this provisioner the default, where it is not yet.
func createClass(ctx context.Context, client kubernetes.Interface) error {
	binding := storagev1.VolumeBindingWaitForFirstConsumer
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        storageClass,
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner:       driver,
		VolumeBindingMode: &binding,
	}
	_, err := client.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func provision(ctx context.Context, kubeconfig, dir string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := createClass(ctx, client); err != nil {
		return err
	}
	lib.NewProvisionController(ctx, client, driver, folders(dir),
		lib.LeaderElection(false)).Run(ctx)
	return nil
}

func provisioner() *cobra.Command {
	var kubeconfig, dir string
	c := &cobra.Command{
		Use:   "provisioner",
		Short: "Make a default StorageClass, and its volumes out of folders",
		RunE: func(c *cobra.Command, _ []string) error {
			return provision(c.Context(), kubeconfig, dir)
		},
	}
	c.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	c.Flags().StringVar(&dir, "dir", "", "folder for the volumes")
	return c
}
