from __future__ import annotations

from collections import Counter

import numpy as np

from spawnnet_sim.cabinets.cabinet import CabinetSpec


def test_meshes_are_merged_by_material_and_show_their_front(drawer: CabinetSpec) -> None:
    surfaces = [shape for shape in drawer.part if shape.mesh is not None]
    assert len(surfaces) == len({shape.material for shape in surfaces}) == 3
    textured = [drawer.materials[s.material].texture is not None for s in surfaces]
    assert sorted(textured) == [False, True, True]
    for shape, has_texture in zip(surfaces, textured, strict=True):
        assert shape.mesh is not None
        assert (shape.mesh.uv is not None) == has_texture
        a, b, c = np.moveaxis(shape.mesh.vertices[shape.mesh.faces], 1, 0)
        across = np.cross(b - a, c - a)
        assert (np.sum(across * shape.mesh.normals[shape.mesh.faces[:, 0]], axis=1) > 0).all()


def test_flat_parts_become_thin_boxes_and_the_opening_stays_open(drawer: CabinetSpec) -> None:
    kinds = Counter(shape.kind for shape in drawer.body)
    assert kinds == {"mesh": 3, "contact_box": 6 + 4}  # six panels, and four around the opening
    thin = [s for s in drawer.body if s.kind == "contact_box" and min(s.size) < 0.003]
    assert len(thin) == 1 + 4
    grasped = [s for s in drawer.part if s.kind == "contact_box"]
    assert len(grasped) >= 5 + 3  # the handle is cut into bar and posts
