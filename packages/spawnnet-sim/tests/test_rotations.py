import numpy as np
import pytest

from spawnnet_sim.rotations import (
    matrix_from_quaternion,
    quaternion_from_matrix,
    quaternion_product,
    rotation_vector,
)


def rodrigues(vector: np.ndarray) -> np.ndarray:
    """Rotation matrix by the closed form, from the axis times the angle."""
    angle = np.linalg.norm(vector)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


VECTORS = [(0.3, -0.2, 0.9), (3.0, 0.5, -0.4), (0.0, 3.1, 0.0), (0.0, 0.01, -3.1), (-2.2, 0.0, 1.1)]


@pytest.mark.parametrize("vector", VECTORS)
def test_matrices_and_vectors_agree_with_the_formula_of_rodrigues(
    vector: tuple[float, float, float],
) -> None:
    matrix = rodrigues(np.array(vector))
    np.testing.assert_allclose(rotation_vector(matrix), vector, atol=1e-9)
    quaternion = quaternion_from_matrix(matrix)
    assert quaternion[0] >= 0
    np.testing.assert_allclose(matrix_from_quaternion(quaternion), matrix, atol=1e-12)


def test_leading_axes_are_kept() -> None:
    quaternions = quaternion_from_matrix(np.array([[rodrigues(np.array(v)) for v in VECTORS]]))
    assert quaternions.shape == (1, 5, 4)
    matrices = matrix_from_quaternion(quaternions)
    assert matrices.shape == (1, 5, 3, 3)
    np.testing.assert_allclose(rotation_vector(matrices)[0], VECTORS, atol=1e-9)


def test_no_rotation_is_the_zero_vector() -> None:
    np.testing.assert_array_equal(rotation_vector(np.eye(3)), np.zeros(3))


def test_a_product_of_quaternions_turns_by_both() -> None:
    a, b = np.random.default_rng(3).normal(size=(2, 5, 4))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    both = matrix_from_quaternion(quaternion_product(a, b))
    np.testing.assert_allclose(both, matrix_from_quaternion(a) @ matrix_from_quaternion(b))
