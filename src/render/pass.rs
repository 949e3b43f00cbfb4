//! One pass: a triangle that covers a target, drawn with a pipeline and its bind groups.

use wgpu::{BindGroup, Buffer, RenderPipeline};

use super::fit::Region;

/// Draws one triangle that covers `target`, or `region` of it, with `pipeline` and the bind groups in order. What is
/// not covered becomes black.
pub(super) fn draw(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    pipeline: &RenderPipeline,
    groups: &[&BindGroup],
    region: Option<Region>,
) {
    let mut pass = begin(encoder, target, wgpu::LoadOp::Clear(wgpu::Color::BLACK), groups, region);
    pass.set_pipeline(pipeline);
    pass.draw(0..3, 0..1);
}

/// [`draw`] on the first of two regions, of which only what lies in the second changes; the rest of the target stays.
pub(super) fn draw_over(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    pipeline: &RenderPipeline,
    groups: &[&BindGroup],
    (region, touched): (Region, Region),
) {
    let mut pass = begin(encoder, target, wgpu::LoadOp::Load, groups, Some(region));
    pass.set_scissor_rect(touched.x, touched.y, touched.width, touched.height);
    pass.set_pipeline(pipeline);
    pass.draw(0..3, 0..1);
}

/// [`draw`] with the one of two pipelines that `draws` says: four numbers for each, which the device may have written.
pub(super) fn draw_either(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    (pipelines, draws): (&[RenderPipeline; 2], &Buffer),
    groups: &[&BindGroup],
    region: Option<Region>,
) {
    let mut pass = begin(encoder, target, wgpu::LoadOp::Clear(wgpu::Color::BLACK), groups, region);
    for (pipeline, offset) in pipelines.iter().zip([0, 16]) {
        pass.set_pipeline(pipeline);
        pass.draw_indirect(draws, offset);
    }
}

fn begin<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
    groups: &[&BindGroup],
    region: Option<Region>,
) -> wgpu::RenderPass<'a> {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: None,
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load, store: wgpu::StoreOp::Store },
        })],
        ..Default::default()
    });
    if let Some(Region { x, y, width, height }) = region {
        pass.set_viewport(x as f32, y as f32, width as f32, height as f32, 0.0, 1.0);
        pass.set_scissor_rect(x, y, width, height);
    }
    for (index, &group) in (0..).zip(groups) {
        pass.set_bind_group(index, group, &[]);
    }
    pass
}
