package amdhip

import (
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Version is HIP's number for one: 60443484 is 6.4.43484.
type Version int32

// String is major.minor.patch.
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v/10_000_000, v/100_000%100, v%100_000)
}

// Major is the version's first number.
func (v Version) Major() int { return int(v / 10_000_000) }

// Init is hipInit. HIP does it by itself at the first call that needs it.
func (l *Library) Init(flags uint32) error {
	return l.err("hipInit", dl.CallValues(l.fn.Init, uintptr(flags)))
}

// RuntimeGetVersion is hipRuntimeGetVersion.
func (l *Library) RuntimeGetVersion() (Version, error) {
	var v Version
	r := dl.Call(l.fn.RuntimeGetVersion, uintptr(unsafe.Pointer(&v)))
	return v, l.err("hipRuntimeGetVersion", r)
}

// DriverGetVersion is hipDriverGetVersion.
func (l *Library) DriverGetVersion() (Version, error) {
	var v Version
	r := dl.Call(l.fn.DriverGetVersion, uintptr(unsafe.Pointer(&v)))
	return v, l.err("hipDriverGetVersion", r)
}

// GetDeviceCount is hipGetDeviceCount. Without a device it fails with NoDevice.
func (l *Library) GetDeviceCount() (int, error) {
	var n int32
	r := dl.Call(l.fn.GetDeviceCount, uintptr(unsafe.Pointer(&n)))
	return int(n), l.err("hipGetDeviceCount", r)
}

// SetDevice is hipSetDevice, for the calling OS thread.
func (l *Library) SetDevice(device int) error {
	return l.err("hipSetDevice", dl.CallValues(l.fn.SetDevice, uintptr(device)))
}

// GetDevice is hipGetDevice, for the calling OS thread.
func (l *Library) GetDevice() (int, error) {
	var device int32
	r := dl.Call(l.fn.GetDevice, uintptr(unsafe.Pointer(&device)))
	return int(device), l.err("hipGetDevice", r)
}

// DeviceGetName is hipDeviceGetName.
func (l *Library) DeviceGetName(device int) (string, error) {
	b := make([]byte, 256)
	r := dl.Call(l.fn.DeviceGetName, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(device))
	return dl.UntilZero(b), l.err("hipDeviceGetName", r)
}

// DeviceGetPCIBusId is hipDeviceGetPCIBusId: "0000:03:00.0".
func (l *Library) DeviceGetPCIBusId(device int) (string, error) {
	b := make([]byte, 64)
	r := dl.Call(l.fn.DeviceGetPCIBusId, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(device))
	return dl.UntilZero(b), l.err("hipDeviceGetPCIBusId", r)
}

// DeviceSynchronize is hipDeviceSynchronize: it waits, without a deadline, for
// everything that the thread's device was given.
func (l *Library) DeviceSynchronize() error {
	return l.err("hipDeviceSynchronize", dl.CallValues(l.fn.DeviceSynchronize))
}

// DeviceReset is hipDeviceReset: it destroys all that the thread's device has.
func (l *Library) DeviceReset() error {
	return l.err("hipDeviceReset", dl.CallValues(l.fn.DeviceReset))
}

// DeviceCanAccessPeer is hipDeviceCanAccessPeer.
func (l *Library) DeviceCanAccessPeer(device, peer int) (bool, error) {
	if l.fn.DeviceCanAccessPeer == 0 {
		return false, l.lacks("hipDeviceCanAccessPeer")
	}
	var can int32
	r := dl.Call(l.fn.DeviceCanAccessPeer, uintptr(unsafe.Pointer(&can)), uintptr(device), uintptr(peer))
	return can != 0, l.err("hipDeviceCanAccessPeer", r)
}

// DeviceEnablePeerAccess is hipDeviceEnablePeerAccess: the thread's device may
// then use the peer's memory.
func (l *Library) DeviceEnablePeerAccess(peer int) error {
	if l.fn.DeviceEnablePeerAccess == 0 {
		return l.lacks("hipDeviceEnablePeerAccess")
	}
	return l.err("hipDeviceEnablePeerAccess", dl.CallValues(l.fn.DeviceEnablePeerAccess, uintptr(peer), 0))
}
