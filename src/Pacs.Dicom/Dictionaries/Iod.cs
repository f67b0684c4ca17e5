namespace Pacs.Dicom.Dictionaries;

/// <summary>An information object definition (PS3.3 Annex A), as far as its mandatory modules ask for attributes without a condition.</summary>
/// <param name="Name">"CT Image".</param>
/// <param name="Attributes">Of the data set, one for each tag.</param>
/// <param name="FunctionalGroups">Sequences of mandatory functional groups: each is among the shared ones or in every frame's (PS3.3 §C.7.6.16).</param>
public sealed record Iod(string Name, IReadOnlyList<IodAttribute> Attributes, IReadOnlyList<IodAttribute> FunctionalGroups);
