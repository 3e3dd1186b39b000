"""The domain lexicon: senses chosen in Apertium's stream, inflection left to the engine."""

from __future__ import annotations

import pytest

from models.nlp.translation.lexicon import FOLDER, Lexicon, lexicon

WORDS = Lexicon(
    'n key = clave f\nn pool = "pool|pools"\nadj late = último plain\nadj able = capaz mf\nadj gas = gas n m sg\n'
    'v claim = reclamar\nalone claim = reclamar\nfirst please = "Por favor,"\ndet your = tuyo\n'
    "x maximize = maximizar v\n"
    'x txs = "transacciones"\nx sender = remitente n mf sg\nx locked = bloquear pp\n'
)


@pytest.mark.parametrize(
    ("stream", "chosen"),
    [
        ("^key<n><pl>/tono<n><m><pl>/llave<n><f><pl>$", "^key<n><pl>/clave<n><f><pl>$"),
        ("^Key<n><sg>/Tono<n><m><sg>$", "^Key<n><sg>/Clave<n><f><sg>$"),
        ("^the<det>/el<det>$ ^pool<n><pl>/grupo<n><m><pl>$", "^the<det>/el<det>$ ^*pools/*pools$"),
        ("^late<adj><sint><sup>/tardío<adj><sup>$", "^late<adj>/último<adj>$"),
        ("^able<adj>/bueno<adj>$", "^able<adj>/capaz<adj><mf>$"),
        ("^Gas<adj>/Gasista<adj><mf>$ ^x<n><sg>/y<n><m><sg>$", "^Gas<n><sg>/Gas<n><m><sg>$ ^x<n><sg>/y<n><m><sg>$"),
        ("^your<det><pos><sp>/vuestro<det><pos><GD><ND>$", "^your<det><pos><sp>/tuyo<det><pos><mf><ND>$"),
        ("^Claim<n><sg>/Reclamación<n><f><sg>$", "^Claim<vblex><inf>/Reclamar<vblex><inf>$"),
        ("^claim<n><sg>/reclamación<n><f><sg>$ ^fee<n><sg>/coste<n><m><sg>$",) * 2,
        ("^it<prn>/él<prn>$ ^claim<vblex><past>/alegar<vblex><past>$",
         "^it<prn>/él<prn>$ ^claim<vblex><past>/reclamar<vblex><past>$"),
        ("^Connect<vblex><pres>/Conectar<vblex><pres>$", "^Connect<vblex><inf>/Conectar<vblex><inf>$"),
        ("^Please<vblex><inf>/Complacer<vblex><inf>$", "^*Por favor,/*Por favor,$"),
        ("[.0.]^*maximize/*maximize$[.1.].[3]", "[.0.]^maximize<vblex><inf>/maximizar<vblex><inf>$[.1.].[3]"),
        ("^*Txs/*Txs$ ^*locked/*locked$", "^*Transacciones/*Transacciones$ ^locked<vblex><pp>/bloquear<vblex><pp>$"),
        ("^it<prn>/él<prn>$ ^*sender/*sender$", "^it<prn>/él<prn>$ ^sender<n><sg>/remitente<n><mf><sg>$"),
        ("plain \\^ text \\$ [^key<n>]",) * 2,
        ("",) * 2,
    ],
)  # fmt: skip
def test_senses_are_chosen(stream: str, chosen: str) -> None:
    assert WORDS.choose(stream) == chosen


def test_a_faulty_line_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        Lexicon("n key = clave f\nnoun fee = tarifa")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_the_shipped_lexicons_are_sound(file: object) -> None:
    assert lexicon(*str(getattr(file, "stem", "")).split("-")) is not None


def test_a_direction_without_a_lexicon_has_none() -> None:
    assert lexicon("es", "en") is None
