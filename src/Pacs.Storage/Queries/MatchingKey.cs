using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries;

/// <summary>
/// One condition (PS3.4 §C.2.2.2). The engine finds the kind of matching from VR and value: single value, wildcard,
/// range, universal (no value). More than one value: a list of UIDs, or any of the values.
/// </summary>
/// <param name="Path">What is matched.</param>
/// <param name="Vr">Decides how.</param>
/// <param name="Values">Decoded text, trimmed; a range keeps its hyphen.</param>
public sealed record MatchingKey(AttributePath Path, Vr Vr, IReadOnlyList<string> Values);
