namespace Pacs.Dicom.Dictionaries;

/// <summary>A service-object pair class (PS3.6 Annex A).</summary>
public sealed record SopClass(string Uid, string Name, bool IsRetired);
