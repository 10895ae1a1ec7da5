import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    Images,
    MujocoConfig,
    create_environment,
    generate_cabinets,
)
from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.factory import partnet_config
from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics
from spawnnet_sim.mujoco.rendering import available, selection
from spawnnet_sim.mujoco.rendering.gl import GLRenderer
from spawnnet_sim.physics.cameras import CAMERAS
from spawnnet_sim.physics.physics import MAX_DEPTH
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.rotations import matrix_from_quaternion

GL = [name for name in ("egl", "osmesa") if available(name)]
HERE = [*GL[:1], "warp"]  # a process can have only one kind of OpenGL
SMALL = EnvironmentConfig(
    cabinets=CabinetsConfig(count=1), cameras=CamerasConfig(image_size=(8, 16))
)
needs_gl = pytest.mark.skipif(not GL, reason="no OpenGL library (EGL, OSMesa) on this machine")
CABINETS = (*generate_cabinets("drawer-train-v1", 3), *generate_cabinets("drawer-held-out-v1", 2))
SIZE = (48, 64)


def draw(cabinets: tuple[CabinetSpec, ...], cameras: tuple[str, ...], renderer: str) -> Images:
    """Draw environments whose robots stand in different poses."""
    physics = MujocoPhysics(Scene(PANDA, cabinets, cameras, SIZE), renderer=renderer)
    N = len(cabinets)
    poses = PANDA.home + 0.1 * np.random.default_rng(0).uniform(-1, 1, (N, PANDA.num_joints))
    with closing(physics):
        physics.reset(np.ones(N, bool), np.clip(poses, PANDA.lower, PANDA.upper))
        return physics.render()


@pytest.fixture(scope="module")
def pair() -> tuple[Images, Images]:
    """The same scenes by OpenGL and by the ray tracer."""
    cameras = tuple(CAMERAS)
    return draw(CABINETS, cameras, GL[0]), draw(CABINETS, cameras, "warp")


@needs_gl
def test_both_renderers_agree_on_depth(pair: tuple[Images, Images]) -> None:
    gl, ray = pair
    close = np.abs(gl.depth - ray.depth) < 0.01
    shares = close.mean(axis=(2, 3, 4))  # per environment and camera
    assert shares.min() >= 0.99, shares


@needs_gl
def test_both_renderers_agree_on_colours(pair: tuple[Images, Images]) -> None:
    gl, ray = (images.rgb.astype(float) for images in pair)
    difference = np.abs(gl - ray).mean(axis=(2, 3, 4))
    assert difference.max() < 12, difference
    assert np.corrcoef(gl.ravel(), ray.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("renderer", HERE)
def test_the_depth_of_a_plane_is_that_of_the_closed_form(renderer: str, wall: CabinetSpec) -> None:
    camera = CAMERAS["middle"]
    depth = draw((wall,), ("middle",), renderer).depth[0, 0, 0]
    H, W = SIZE
    focal = W / 2 / np.tan(np.radians(camera.fov) / 2)
    columns, rows = np.meshgrid(np.arange(W) + 0.5 - W / 2, H / 2 - np.arange(H) - 0.5)
    rays = np.stack([columns / focal, rows / focal, np.full((H, W), -1.0)], axis=-1)
    rays = rays @ matrix_from_quaternion(np.array(camera.quaternion())).T
    expected = -camera.position[0] / rays[..., 0]  # where the ray meets x = 0, along the axis
    upper = np.s_[: H // 2]  # the robot and the floor are below
    assert np.ptp(expected[upper]) > 0.05
    np.testing.assert_allclose(depth[upper], np.minimum(expected, MAX_DEPTH)[upper], atol=2e-3)


@pytest.mark.parametrize("renderer", HERE)
def test_every_environment_shows_its_own_cabinet(renderer: str) -> None:
    together = draw(CABINETS, ("left", "close_right"), renderer)
    scene = Scene(PANDA, CABINETS[3:4], ("left", "close_right"), SIZE)
    physics = MujocoPhysics(scene, renderer=renderer)
    poses = PANDA.home + 0.1 * np.random.default_rng(0).uniform(-1, 1, (5, PANDA.num_joints))
    with closing(physics):
        physics.reset(np.ones(1, bool), np.clip(poses, PANDA.lower, PANDA.upper)[3:4])
        alone = physics.render()
    np.testing.assert_array_equal(alone.rgb[0], together.rgb[3])
    np.testing.assert_array_equal(alone.depth[0], together.depth[3])


@needs_gl
@pytest.mark.parametrize("camera", CAMERAS)
def test_what_a_camera_does_not_see_may_be_left_out(
    camera: str, wall: CabinetSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    cabinets = (wall, *CABINETS)
    seen = draw(cabinets, (camera,), GL[0])
    monkeypatch.setattr(GLRenderer, "_seen", lambda self, _: np.full(self._radius.shape, True))
    for one, other in zip(seen, draw(cabinets, (camera,), GL[0]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.skipif(len(GL) < 2, reason="not both of EGL and OSMesa on this machine")
def test_osmesa_draws_the_same_in_a_process_of_its_own_only(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"'osmesa' does not work in this process, .* 'egl'"
    ):
        draw(CABINETS, ("left",), "osmesa")
    config = EnvironmentConfig(
        cabinets=CabinetsConfig(count=2), cameras=CamerasConfig(("left",), SIZE)
    )
    egl, osmesa = (replace(config, engine=MujocoConfig(renderer=name)) for name in GL)
    with closing(create_environment(egl)) as envs:
        expected = envs.reset(seed=0)[0]["depth"]
    program = (
        "import sys, numpy; from spawnnet_sim import *\n"
        f"envs = create_environment({osmesa})\n"
        "numpy.save(sys.argv[1], envs.reset(seed=0)[0]['depth'])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYOPENGL_PLATFORM"}
    file = tmp_path / "depth.npy"
    subprocess.run([sys.executable, "-c", program, file], env=environment, check=True)
    assert (np.abs(np.load(file) - expected) < 0.01).mean() > 0.99


def test_auto_falls_back_to_the_ray_tracer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "available", lambda name: name == "warp")
    with closing(create_environment(SMALL)) as envs:
        assert envs.renderer == "warp"


@needs_gl
def test_auto_takes_opengl_where_it_works() -> None:
    with closing(create_environment(SMALL)) as envs:
        assert envs.renderer == GL[0]


@pytest.mark.parametrize("name", ["egl", "osmesa"])
def test_a_renderer_that_does_not_work_is_refused_with_a_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], returncode=1)

    monkeypatch.setattr(selection.subprocess, "run", fail)
    available.cache_clear()
    try:
        with pytest.raises(
            ConfigurationError, match=f"engine.renderer: '{name}' does not work here: install the"
        ):
            create_environment(replace(SMALL, engine=MujocoConfig(renderer=name)))
    finally:
        available.cache_clear()


def test_both_renderers_agree_on_environments_with_different_meshes(
    tmp_path: Path, partnet_assets: ModuleType
) -> None:
    partnet_assets.write_asset(tmp_path, "1_link_0")
    partnet_assets.write_asset(tmp_path, "2_link_0")
    urdf = tmp_path / "1_link_0" / "mobility.urdf"  # its drawer loses the flat front
    urdf.write_text(urdf.read_text().replace("original-8.obj", "original-7.obj"))
    images = {}
    for renderer in HERE:
        config = EnvironmentConfig(
            cabinets=CabinetsConfig(count=2, folder=str(tmp_path)),
            cameras=CamerasConfig(("close_left", "right"), (96, 128)),
            engine=MujocoConfig(renderer=renderer),
        )
        with closing(create_environment(config)) as envs:
            images[renderer], _ = envs.reset(seed=1)
    first, *others = images.values()
    assert (first["rgb"][0] != first["rgb"][1]).mean() > 0.02
    for other in others:
        difference = np.abs(first["rgb"].astype(float) - other["rgb"])
        assert difference.mean(axis=(2, 3, 4)).max() < 6
        assert (np.abs(first["depth"] - other["depth"]) < 0.01).mean() > 0.99


def test_a_textures_first_row_is_its_top(tmp_path: Path, partnet_assets: ModuleType) -> None:
    asset = partnet_assets.write_asset(tmp_path, "1_link_0")
    obj = asset / "textured_objs" / "original-8.obj"  # the flat front; one image from edge to edge
    lines = [line for line in obj.read_text().splitlines() if not line.startswith("vt")]
    corners = [(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)]
    obj.write_text("\n".join([*(f"vt {u} {v}" for u, v in corners), *lines]))
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:20, :, 0] = picture[20:, :, 2] = 255  # red above blue
    Image.fromarray(picture).save(asset / "images" / "own.png")
    mtl = obj.with_suffix(".mtl")
    mtl.write_text(mtl.read_text().replace("texture_0.jpg", "own.png"))
    for renderer in HERE:
        config = replace(
            partnet_config("open_drawer", tmp_path),
            cameras=CamerasConfig(("close_left",)),
            engine=MujocoConfig(renderer=renderer),
        )
        with closing(create_environment(config)) as envs:
            rgb = envs.reset(seed=0)[0]["rgb"][0, 0].astype(int)
        rows = np.arange(rgb.shape[1])[:, None]
        red = (rgb[0] > 100) & (rgb[1:].max(axis=0) < 40)
        blue = (rgb[2] > 100) & (rgb[:2].max(axis=0) < 40)
        assert min(red.sum(), blue.sum()) > 50
        both = red.any(axis=0) & blue.any(axis=0)  # columns of the image
        lowest_red = np.where(red, rows, 0).max(axis=0)
        lowest_blue = np.where(blue, rows, 0).max(axis=0)
        assert both.any()
        assert (lowest_red < lowest_blue)[both].all()


@needs_gl
def test_an_environment_that_is_dropped_leaves_others_as_they_are() -> None:
    config = replace(SMALL, engine=MujocoConfig(renderer=GL[0]))  # type: ignore[arg-type]
    with closing(create_environment(config)) as alone:
        expected = alone.reset(seed=1)[0]
    dropped = create_environment(config)
    dropped.reset(seed=0)
    with closing(create_environment(config)) as other:
        other.reset(seed=0)
        del dropped  # not closed
        found = other.reset(seed=1)[0]
    for name in ("rgb", "depth"):
        np.testing.assert_array_equal(found[name], expected[name])
