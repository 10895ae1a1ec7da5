"""From demonstrations to batches: windows, order, images, augmentation."""
