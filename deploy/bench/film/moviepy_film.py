"""moviepy_film.py JOB.json OUT.mp4: the same film with MoviePy 2, with the studio's encoder settings."""

import json
import sys

from moviepy import CompositeVideoClip, VideoFileClip, afx, concatenate_videoclips, vfx

job = json.load(open(sys.argv[1]))
fps = 24
files = {}
clips = []
at = 0.0
for index, shot in enumerate(job["shots"]):
    path = job["takes"][shot["take"]]["path"]
    source = files.get(path) or files.setdefault(path, VideoFileClip(path))
    after = job["shots"][index + 1]["dissolve"] if index + 1 < len(job["shots"]) else 0
    # A dissolve begins at the cut, where the outgoing take runs on.
    clip = source.subclipped(shot["start"] / fps, (shot["start"] + shot["frames"] + after) / fps)
    effects = []
    if shot["dissolve"]:
        effects += [vfx.CrossFadeIn(shot["dissolve"] / fps), afx.AudioFadeIn(shot["dissolve"] / fps)]
    if after:
        effects += [afx.AudioFadeOut(after / fps)]
    clips.append(clip.with_effects(effects).with_start(at) if effects else clip.with_start(at))
    at += shot["frames"] / fps

if any(shot["dissolve"] for shot in job["shots"]):
    film = CompositeVideoClip(clips).with_duration(at)
else:
    film = concatenate_videoclips(clips, method="chain")
film.write_videofile(
    sys.argv[2],
    fps=fps,
    codec="libx264",
    preset="veryfast",
    audio_codec="aac",
    audio_fps=48000,
    ffmpeg_params=["-crf", "17", "-pix_fmt", "yuv420p", "-g", "12"],
    logger=None,
)
