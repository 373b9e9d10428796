package ops

import "github.com/rocmforge/rocmforge/device"

// AdvanceArgs are the operands of Advance.
type AdvanceArgs struct {
	IDs, Pos device.Ptr // int32 [Rows]: the tokens of the next pass and where they stand
	Chosen   device.Ptr // int32 [Rows]: what Argmax found; -1 counts as token 0
	Step     device.Ptr // int32 [1]: how many passes there were
	History  device.Ptr // int32 [Most, Rows]: what each pass chose
	Rows     int32      // at most 256
	Most     int32
}

// Advance makes the chosen tokens the input of the next pass, one position
// further, and notes them: passes can follow each other without the host.
var Advance = device.Op[AdvanceArgs]{
	Name: "advance",
	Items: func(a *AdvanceArgs) int {
		if a.Rows < 1 || a.Rows > elementBlock || a.Most < 1 {
			badShape("advance", *a)
		}
		return 1
	},
	Host: func(a *AdvanceArgs, _, _ int) {
		rows := int(a.Rows)
		ids, pos := device.HostSlice[int32](a.IDs, rows), device.HostSlice[int32](a.Pos, rows)
		step := device.HostSlice[int32](a.Step, 1)
		for r, id := range device.HostSlice[int32](a.Chosen, rows) {
			ids[r] = max(id, 0)
			pos[r]++
			if step[0] < a.Most {
				device.HostSlice[int32](a.History, int(a.Most)*rows)[int(step[0])*rows+r] = id
			}
		}
		step[0]++
	},
	Spec:     noSpec[AdvanceArgs],
	Variants: step("advance", func(*AdvanceArgs, device.Caps) device.Grid { return rowGrid(1, elementBlock) }),
}
