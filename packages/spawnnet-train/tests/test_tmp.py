def test_a(dagger): print(dagger.text)
def test_b(cloned): print(cloned.text)
