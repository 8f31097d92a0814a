"""One conversion as a lesson: what each line was, what it became and why; data first, then HTML or Markdown."""
