// The cursor of each recording follows its player, a click on the picture goes there, and one
// recording plays at a time.
for (const recording of document.querySelectorAll(".recording")) {
  const audio = recording.querySelector("audio");
  const tracks = recording.querySelector(".tracks");
  const cursor = recording.querySelector(".cursor");
  const seconds = Number(tracks.dataset.seconds);
  const follow = () => {
    cursor.style.left = `${Math.min(100, (100 * audio.currentTime) / seconds)}%`;
    if (!audio.paused) requestAnimationFrame(follow);
  };
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    follow();
  });
  audio.addEventListener("timeupdate", follow);
  tracks.addEventListener("click", (event) => {
    const box = tracks.getBoundingClientRect();
    audio.currentTime = (seconds * (event.clientX - box.left)) / box.width;
    follow();
  });
}
