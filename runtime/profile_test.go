package runtime

import "testing"

// TestProfile names the kernels of a pass, and leaves the conversation.
func TestProfile(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	before := mustForward(t, s, someIDs(20, 1), false)[0]
	for _, ids := range [][]int32{someIDs(30, 2), {5}} {
		times, err := s.Profile(t.Context(), ids)
		if err != nil || len(times) < 6 || times[0].Seconds < times[1].Seconds || times[0].Launches < 1 {
			t.Errorf("%v, %v", times, err)
		}
	}
	s.Reset()
	mustAgree(t, "after profiling", mustForward(t, s, someIDs(20, 1), false)[0], before)
}
