// Feeds sound to somebody else's beat tracker as a live input would; built and run by ears_rivals.py only.
// In: 16-bit mono samples at 44.1 kHz on standard input. Out: beat times in seconds, one a line.
// With -DBTRACK the tracker is BTrack's, otherwise QLC+'s.

#include <cstdint>
#include <cstdio>

#ifdef BTRACK
#include "BTrack.h"
#else
#include "beattracker.h"
#endif

static const int RATE_HZ = 44100, HOP = 512;

int main()
{
#ifdef BTRACK
    BTrack tracker(HOP, 2 * HOP);
    double frame[HOP];
#else
    BeatTracker tracker(RATE_HZ, 1);
#endif
    int16_t hop[HOP];
    for (long n = 0; std::fread(hop, sizeof hop, 1, stdin) == 1; n++) {
#ifdef BTRACK
        for (int i = 0; i < HOP; i++)
            frame[i] = hop[i] / 32768.0;
        tracker.processAudioFrame(frame);
        if (tracker.beatDueInCurrentFrame())
            std::printf("%.5f\n", BTrack::getBeatTimeInSeconds(n, HOP, RATE_HZ));
#else
        // It gives no times: what counts is how much it had heard when it said so.
        if (tracker.processAudio(hop, HOP))
            std::printf("%.5f\n", double(n + 1) * HOP / RATE_HZ);
#endif
    }
}
