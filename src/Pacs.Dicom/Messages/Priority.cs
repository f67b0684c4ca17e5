namespace Pacs.Dicom.Messages;

/// <summary>Priority (0000,0700) of a C-STORE, C-FIND, C-GET or C-MOVE.</summary>
public enum Priority : ushort
{
    Medium = 0,
    High = 1,
    Low = 2,
}
