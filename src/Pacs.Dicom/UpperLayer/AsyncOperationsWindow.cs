namespace Pacs.Dicom.UpperLayer;

/// <summary>Asynchronous Operations Window (PS3.7 §D.3.3.3): outstanding operations, 0 for unlimited, as the requestor's invoker and performer.</summary>
public sealed record AsyncOperationsWindow(ushort MaxInvoked, ushort MaxPerformed);
