namespace Pacs.Dicom.Primitives;

/// <summary>A range of dates, times or both, ends included (PS3.4 §C.2.2.2.5). An end that is null is open.</summary>
public readonly record struct ValueRange<T>(T? From, T? To) where T : struct, IComparable<T>
{
    public bool Contains(T value) => (From is not { } from || value.CompareTo(from) >= 0) && (To is not { } to || value.CompareTo(to) <= 0);
}
