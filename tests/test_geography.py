"""A user's own map: which provinces its features are, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest

from thads_analysis.errors import DataError
from thads_analysis.load.geography import read_shapes
from thads_analysis.locale import locale_for
from thads_analysis.org import provinces
from thads_analysis.report.charts.shapes import shape_map
from thads_analysis.report.charts.tiles import tile_map


def square(x, y, size=0.4):
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(properties, coordinates, kind="Polygon"):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(regime="63"):
    """A square for each province, in rows from the south-west, named by code."""
    features = [
        feature({"ma_tinh": org.code, "other": None}, [square(102 + n % 7, 8.5 + n // 7)])
        for n, org in enumerate(provinces(regime))
    ]
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def write(tmp_path):
    def write(content):
        file = tmp_path / "map.geojson"
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize("regime", ["63", "34"])
def test_provinces_are_found_by_code(write, regime):
    shapes = read_shapes(write(collection(regime)), regime)
    assert set(shapes) == {org.key for org in provinces(regime)}
    assert shapes[f"{regime}:01"][0][0].tolist() == square(102, 8.5)


@pytest.mark.parametrize(
    "properties",
    [
        {"Code": 79},
        {"NAME_1": "Hồ Chí Minh"},
        {"ten_tinh": "TP. Hồ Chí Minh"},
        {"shapeName": "Ho Chi Minh"},
        {"code": "SG", "name": "Thành phố Hồ Chí Minh"},  # a code of another kind
        {"name": "TPHCM", "area": 2061},
    ],
)
def test_a_province_is_found_by_what_its_feature_says(write, properties):
    content = collection()
    place = next(n for n, org in enumerate(provinces("63")) if org.code == "79")
    content["features"][place]["properties"] = properties
    assert "63:79" in read_shapes(write(content), "63")


def test_islands_holes_and_several_features_of_a_province_are_kept(write):
    content = collection()
    hole = square(102.1, 8.6, 0.1)
    content["features"][0] = feature(
        {"code": "01"}, [[square(102, 8.5), hole], [square(110, 8.5)]], "MultiPolygon"
    )
    content["features"].append(feature({"name": "Hà Nội"}, [square(111, 9)]))
    polygons = read_shapes(write(content), "63")["63:01"]
    assert [len(rings) for rings in polygons] == [2, 1, 1]
    assert polygons[0][1].tolist() == hole


def change(number, **parts):
    content = collection()
    content["features"][number] |= parts
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"map\.geojson: is no JSON"),
        ("[]", r"expected a GeoJSON FeatureCollection with features; found 'list'"),
        ({"type": "Topology", "objects": {}}, r"FeatureCollection with features; found 'Topology'"),
        (change(4, properties={}), r"feature 5 has neither a code nor a name; its properties are none"),
        (change(4, properties=None), r"feature 5 has no properties"),
        (
            change(2, properties={"name": "Sài Gòn Cũ"}),
            r"feature 3: name 'Sài Gòn Cũ' is no province of the list of 63; allowed are .*Hà Nội \(01\)",
        ),
        (
            change(2, properties={"name": "Toàn quốc"}),
            r"feature 3: name 'Toàn quốc' is no province of the list of 63",
        ),
        (
            change(0, geometry={"type": "Point", "coordinates": [1, 2]}),
            r"feature 1 \(Hà Nội\): its geometry is 'Point'; expected a Polygon",
        ),
        (change(0, geometry=None), r"feature 1 \(Hà Nội\): its geometry is None"),
        (
            change(0, geometry={"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}),
            r"feature 1 \(Hà Nội\): a ring is not a list of at least 4 points",
        ),
        (
            change(0, geometry={"type": "Polygon", "coordinates": [square(584000, 2325000)]}),
            r"in degrees; save the map in WGS 84",
        ),
        (
            {**collection(), "features": collection()["features"][1:]},
            r"no feature is Hà Nội \(01\); the map must hold all 63 provinces of the list of 63",
        ),
        (collection("34"), r"is no province|no feature is"),
    ],
)
def test_a_map_of_something_else_is_refused_with_what_is_allowed(write, content, message):
    with pytest.raises(DataError, match=message):
        read_shapes(write(content), "63")


def test_a_map_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.json: cannot be read"):
        read_shapes(tmp_path / "none.json", "63")


def test_outlines_have_the_shades_and_marks_of_the_tiles(write):
    rates = pd.Series({org.key: 0.5 + n / 200 for n, org in enumerate(provinces("63"))})
    rates["63:79"] = np.nan
    shapes = read_shapes(write(collection()), "63")
    locale = locale_for("vi")
    by_shape = shape_map(rates, 0.66, shapes, locale)
    by_tile = tile_map(rates, 0.66, locale, regime="63")

    def colours(drawing):
        return {patch.get_facecolor() for patch in drawing.axes[0].patches}

    def legend(drawing):
        return [text.get_text() for text in drawing.axes[0].texts][-7:]

    assert colours(by_shape) == colours(by_tile)
    assert legend(by_shape) == legend(by_tile)
    texts = [text.get_text() for text in by_shape.axes[0].texts]
    assert {"Hoàng Sa", "(Đà Nẵng)", "Trường Sa", "(Khánh Hòa)"} <= set(texts)
    assert texts.count("▼") == int((rates < 0.66).sum())
    hatched = [patch for patch in by_shape.axes[0].patches if patch.get_hatch()]
    assert len(hatched) == 1


def test_far_islands_leave_the_mainland_its_room(write):
    """The box of what is drawn is that of each province's largest outline."""
    content = collection()
    place = next(n for n, org in enumerate(provinces("63")) if org.code == "48")
    mainland = content["features"][place]["geometry"]["coordinates"]
    content["features"][place] = feature({"code": "48"}, [mainland, [square(117, 16.5, 0.1)]], "MultiPolygon")
    rates = pd.Series({org.key: 0.5 for org in provinces("63")})
    drawing = shape_map(rates, 0.4, read_shapes(write(content), "63"), locale_for("vi"))
    right = drawing.axes[0].get_xlim()[1]
    outlines = [patch.get_path().vertices for patch in drawing.axes[0].patches[:63]]
    assert max(outline[:, 0].max() for outline in outlines) > 0.6 * right
