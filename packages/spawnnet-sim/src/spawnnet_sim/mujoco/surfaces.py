"""What shows of a cabinet in a MuJoCo model: textures, materials, meshes."""

from __future__ import annotations

import mujoco

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.textures import Image
from spawnnet_sim.mujoco.layout import Layout, named_meshes, strip


def add_textures(spec: mujoco.MjSpec, cabinet: CabinetSpec, index: int) -> None:
    """Add the textures of the cabinet's materials; `index` tells the cabinets of a model apart."""
    for name, look in cabinet.materials.items():
        if look.texture is not None:
            add_texture(spec, f"{name}{index}", look.texture)


def add_texture(spec: mujoco.MjSpec, name: str, image: Image) -> None:
    """Add a texture from an image, `(h, w, 3)` uint8."""
    height, width, _ = image.shape
    texture = spec.add_texture(
        name=name, type=mujoco.mjtTexture.mjTEXTURE_2D, width=width, height=height, nchannel=3
    )
    texture.data = image.tobytes()


def add_materials(spec: mujoco.MjSpec, cabinet: CabinetSpec, count: int) -> None:
    """Add the cabinet's materials, and unused ones up to `count`."""
    for name, look in cabinet.materials.items():
        material = spec.add_material(
            name=name, rgba=(*look.rgb, 1.0), texrepeat=look.repeat, specular=0.0
        )
        if look.texture is not None:
            material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"{name}0"
    for unused in range(count - len(cabinet.materials)):
        spec.add_material(name=f"unused{unused}")


def add_meshes(spec: mujoco.MjSpec, cabinet: CabinetSpec, layout: Layout, index: int) -> None:
    """Add the cabinet's meshes, and one that no shape uses up to the layout's triangles.

    MuJoCo keeps a tree over the triangles of every mesh, of one node less than twice their number,
    and the models of a batch must agree on the number of nodes.
    """
    meshes = named_meshes(cabinet, layout)
    if not meshes:
        return
    short = layout.num_faces - sum(len(mesh.faces) for mesh in meshes.values())
    for name, mesh in {**meshes, "unused": strip(2 + short)}.items():
        spec.add_mesh(
            name=f"{name}-{index}",
            uservert=mesh.vertices.ravel(),
            usernormal=mesh.normals.ravel(),
            usertexcoord=[] if mesh.uv is None else (mesh.uv * (1, -1) + (0, 1)).ravel(),
            userface=mesh.faces.ravel(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,  # flat ones have no volume
        )
